// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The library of AWS for Python, with another endpoint.
@Suite(.timeLimit(.minutes(5))) struct SESClientTests {
    private static let python = TestPython.path(importing: "boto3")

    private static func key(_ folder: TestFolder, _ options: [String]) throws -> [String] {
        let create = ["keys", "create", "--name", "shop", "--front", "ses", "--json"]
        let made = try Posthaste.run(create + options, in: folder.path)
        return try ["access_key_id", "secret_access_key"].map { name in
            try #require(TestFolder.word(after: "\"\(name)\":\"", in: made.output), "\(made.errors)")
        }
    }

    @Test(.enabled(if: python != nil, "\(TestPython.absence(of: "boto3"))"))
    func boto3SendsWithItsEndpointChanged() async throws {
        let folder = try TestFolder()
        let keys = try Self.key(folder, []) + Self.key(folder, ["--from", "*@shop.example"])
        let gateway = try ServingGateway(folder)
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fronts/ses.py")
        let run = try OutsideProgram(
            try #require(Self.python),
            [script.path(percentEncoded: false), "http://127.0.0.1:\(folder.port)"] + keys,
            in: folder.path
        )
        #expect(run.code == 0, "\(run.said)")
        let count = run.said.split(separator: "\n").last.flatMap { Int($0) }
        let stored = try await gateway.get("/v1/messages?limit=200").body
        #expect(stored.ranges(of: #""id":"msg_"#).count == count, "\(stored)")
        // A secret that was derived is nowhere.
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        for file in files {
            guard let content = FileManager.default.contents(atPath: "\(folder.path)/\(file)") else { continue }
            #expect(content.range(of: Data(keys[1].utf8)) == nil, "\(file)")
        }
    }
}
