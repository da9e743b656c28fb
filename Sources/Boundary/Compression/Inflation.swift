// SPDX-License-Identifier: Apache-2.0
internal import CZlib

/// Decompresses gzip (RFC 1952) and zlib (RFC 1950) data within a limit on the result.
package enum Inflation {
    package enum Failure: Error, Hashable {
        /// The data is no complete gzip or zlib stream, or something follows it.
        case malformed
        /// The result would be longer than the limit.
        case tooLarge
    }

    private static let step = 256 * 1024

    /// The decompressed bytes, at most `limit` of them.
    ///
    /// Never holds more than the limit and one step of 256 KiB, whatever the data promises.
    package static func inflate(_ compressed: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        var stream = unsafe z_stream()
        guard unsafe gw_inflate_init(&stream) == Z_OK else { throw .malformed }
        defer { _ = unsafe inflateEnd(&stream) }
        var source = compressed
        var output: [UInt8] = []
        let outcome = unsafe source.withUnsafeMutableBufferPointer { input -> Failure? in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(clamping: input.count)
            return unsafe run(&stream, into: &output, limit: limit)
        }
        if let outcome { throw outcome }
        return output
    }

    private static func run(_ stream: inout z_stream, into output: inout [UInt8], limit: Int) -> Failure? {
        var chunk = [UInt8](repeating: 0, count: step)
        while true {
            let code = unsafe chunk.withUnsafeMutableBufferPointer { room in
                unsafe stream.next_out = room.baseAddress
                unsafe stream.avail_out = UInt32(clamping: room.count)
                return unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
            }
            guard code == Z_OK || code == Z_STREAM_END else { return .malformed }
            let count = unsafe chunk.count - Int(stream.avail_out)
            guard output.count + count <= limit else { return .tooLarge }
            output.append(contentsOf: chunk[..<count])
            if code == Z_STREAM_END { return unsafe stream.avail_in == 0 ? nil : .malformed }
            // All input is used and the stream has no end.
            if count == 0 { return .malformed }
        }
    }
}
