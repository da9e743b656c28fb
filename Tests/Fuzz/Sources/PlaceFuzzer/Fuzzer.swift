// SPDX-License-Identifier: Apache-2.0

typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// The loop of libFuzzer, which has no header for Swift.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<Arguments>,
    _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// SwiftPM makes this the entry point of the program in place of libFuzzer's own `main`.
@_cdecl("PlaceFuzzer_main")
public func start(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (count, arguments) = (count, arguments)
    return unsafe runDriver(&count, &arguments) { unsafe fuzz($0, $1) }
}

/// libFuzzer calls this with each input; a trap is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    if let violation = PlaceProperty.violation(input) {
        // A release build traps without a message.
        print("FOUND", violation.debugDescription)
        fatalError(violation)
    }
    return 0
}
