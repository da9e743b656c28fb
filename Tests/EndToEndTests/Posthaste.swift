// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The real binary, in the same folder as the tests.
enum Posthaste {
    struct Result {
        let code: Int32
        let output: String
        let errors: String
    }

    /// `POSTHASTE_BINARY` names another binary, such as the optimised build.
    static let binary =
        ProcessInfo.processInfo.environment["POSTHASTE_BINARY"].map { URL(filePath: $0) }
        ?? Bundle.main.bundleURL.appending(path: "posthaste")

    /// Runs a command to its end, or ends it after `seconds` if given: the code is 124 then.
    static func run(
        _ arguments: [String],
        in folder: String,
        input: String = "",
        seconds: Int? = nil
    ) throws -> Result {
        let process = process(arguments, in: folder)
        if let seconds {
            process.executableURL = URL(filePath: "/usr/bin/timeout")
            process.arguments = ["\(seconds)", binary.path(percentEncoded: false)] + arguments
        }
        let (output, errors, standardInput) = (Pipe(), Pipe(), Pipe())
        (process.standardOutput, process.standardError, process.standardInput) = (output, errors, standardInput)
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        // A command writes far less to standard error than a pipe holds.
        let written = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            code: process.terminationStatus,
            output: String(decoding: written, as: UTF8.self),
            errors: String(decoding: complained, as: UTF8.self)
        )
    }

    static func process(_ arguments: [String], in folder: String) -> Process {
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ["PATH": "/usr/bin:/bin"]
        return process
    }
}
