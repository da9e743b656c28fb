// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Holds the running server to its own description, by schemathesis, which `make test` installs.
@Suite(.timeLimit(.minutes(10))) struct OpenAPITests {
    private static let program = FileManager.default.currentDirectoryPath + "/.build/test-python/bin/schemathesis"
    /// What the server does is stricter than a schema can say, and methods that it does not know are no part of the description.
    private static let passedOver = "positive_data_acceptance,missing_required_header,unsupported_method,ignored_auth"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program), "`make test` installs schemathesis"))
    func serverKeepsToItsDescription() throws {
        let gateway = try ServingGateway(TestFolder())
        let check = try OutsideProgram(
            Self.program,
            [
                "run", "http://127.0.0.1:\(gateway.folder.port)/openapi.yaml",
                "-H", "Authorization: Bearer \(gateway.folder.key)", "--exclude-checks", Self.passedOver, "--phases",
                "examples,coverage,fuzzing", "--max-examples", "15", "--generation-deterministic", "--no-color",
            ],
            in: gateway.folder.path
        )
        #expect(check.code == 0, "\(check.said)")
    }
}
