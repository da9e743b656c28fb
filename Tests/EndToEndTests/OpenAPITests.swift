// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Holds the running server to its own description, by schemathesis, which `make test` installs.
@Suite(.timeLimit(.minutes(5))) struct OpenAPITests {
    private static let program = FileManager.default.currentDirectoryPath + "/.build/test-python/bin/schemathesis"
    /// What the server does is stricter than a schema can say, and methods that it does not know are no part of the description.
    private static let passedOver = "positive_data_acceptance,missing_required_header,unsupported_method,ignored_auth"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program), "`make test` installs schemathesis"))
    func serverKeepsToItsDescription() throws {
        let gateway = try ServingGateway(TestFolder())
        let process = Process()
        process.executableURL = URL(filePath: Self.program)
        process.currentDirectoryURL = URL(filePath: gateway.folder.path)
        process.arguments = [
            "run", "http://127.0.0.1:\(gateway.folder.port)/openapi.yaml",
            "-H", "Authorization: Bearer \(gateway.folder.key)", "--exclude-checks", Self.passedOver,
            "--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--generation-deterministic", "--no-color",
        ]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
    }
}
