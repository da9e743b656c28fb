// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import JSON
import Templates
import Text

/// Reads files named on the command line; `-` is standard input.
enum InputFile {
    /// Whether this path is a folder or a link to one.
    static func isFolder(_ path: String) -> Bool {
        // Only a folder contains `.`.
        FileManager.default.fileExists(atPath: "\(path)/.")
    }

    static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
        if path == "-" { return Terminal.input() }
        // Reads to the end, because a pipe has no known size.
        guard let file = FileHandle(forReadingAtPath: path), let content = try? file.readToEnd() ?? Data() else {
            throw CommandFailure("\(path): the file cannot be read; check the path and the rights")
        }
        return Array(content)
    }

    static func text(_ path: String) throws(CommandFailure) -> String {
        String(decoding: try textBytes(path), as: UTF8.self)
    }

    /// The bytes of a text without its byte order mark.
    private static func textBytes(_ path: String) throws(CommandFailure) -> [UInt8] {
        let content = try bytes(path)
        do throws(TextError) {
            return try EditedText.bytes(content)
        } catch {
            let name = path == "-" ? "standard input" : path
            throw CommandFailure("\(name): \(error.problem); \(error.remedy)")
        }
    }

    static func json(_ path: String) throws(CommandFailure) -> JSON {
        let content = try textBytes(path)
        do throws(JSONSyntaxError) {
            return try JSONReader.read(content)
        } catch {
            let name = path == "-" ? "standard input" : path
            throw CommandFailure("\(name):\(error.line):\(error.column): not valid JSON: \(error.reason)")
        }
    }
}
