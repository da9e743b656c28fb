// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// An external program, run to its end.
package struct OutsideProgram {
    package let code: Int32
    /// The output of the program.
    package let said: String

    /// Runs `program`, a path, in `folder` or the current folder; standard error is captured or discarded.
    package init(_ program: String, _ arguments: [String], in folder: String? = nil, keepsErrors: Bool = true) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        let output = Pipe()
        process.standardOutput = output
        if keepsErrors { process.standardError = output } else { process.standardError = FileHandle.nullDevice }
        try process.run()
        said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        code = process.terminationStatus
    }

    /// The output; throws it when the exit code is not 0.
    package func output() throws(TestingError) -> String {
        guard code == 0 else { throw TestingError("it ended with \(code): \(said)") }
        return said
    }
}
