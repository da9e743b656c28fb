// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Checks the running server against its own description, with programs that `make test` installs.
@Suite(.timeLimit(.minutes(10))) struct OpenAPITests {
    private static let python = FileManager.default.currentDirectoryPath + "/.build/test-python/bin"
    private static let program = "\(python)/schemathesis"
    private static let generator = "\(python)/openapi-python-client"
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "OpenAPI/client.py"
    )
    /// The server is stricter than a schema can express, and unknown methods are not in the description.
    private static let passedOver = "positive_data_acceptance,missing_required_header,unsupported_method,ignored_auth"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program), "`make test` installs schemathesis"))
    func serverKeepsToItsDescription() throws {
        let gateway = try ServingGateway(TestFolder())
        // No call waits for events that do not come.
        let overrides = "[parameters]\n\"query.wait\" = 0\n"
        try overrides.write(toFile: "\(gateway.folder.path)/schemathesis.toml", atomically: true, encoding: .utf8)
        let check = try OutsideProgram(
            Self.program,
            [
                "run", "http://127.0.0.1:\(gateway.folder.port)/openapi.yaml",
                "-H", "Authorization: Bearer \(gateway.folder.key)", "--exclude-checks", Self.passedOver, "--phases",
                "examples,coverage,fuzzing", "--max-examples", "15", "--generation-deterministic", "--no-color",
                "--request-timeout", "180",
                // It calls operations with the ids of earlier answers, and would revoke the key that it uses.
                "--exclude-operation-id", "revokeKey",
            ],
            in: gateway.folder.path
        )
        #expect(check.code == 0, "\(check.said)")
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: generator), "`make test` installs the generator"))
    func clientThatIsGeneratedFromItSendsMail() throws {
        let gateway = try ServingGateway(TestFolder())
        let (folder, address) = (gateway.folder.path, "http://127.0.0.1:\(gateway.folder.port)")
        let arguments = ["generate", "--url", "\(address)/openapi.yaml", "--output-path", "\(folder)/client"]
        let made = try OutsideProgram(Self.generator, arguments, in: folder)
        #expect(made.code == 0, "\(made.said)")
        // The tool reads only JSON, and so skips only the answer that is the description itself.
        #expect(made.said.split(separator: "\n").count { $0.hasPrefix("WARNING") } == 1, "\(made.said)")
        #expect(!made.said.contains("Unable to process"), "\(made.said)")
        let called = try OutsideProgram(
            "\(Self.python)/python3",
            [Self.script.path(percentEncoded: false), "\(folder)/client", address, gateway.folder.key],
            in: folder
        )
        #expect(called.code == 0, "\(called.said)")
    }
}
