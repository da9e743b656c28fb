// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The files for Prometheus and Grafana name only metrics that the gateway writes and the manual explains.
@Suite struct OpsFilesTests {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func names(in text: String) -> Set<String> {
        let suffixes = ["_bucket", "_sum", "_count"]
        return Set(
            text.matches(of: /posthaste_[a-z_]+/).map { match in
                let name = String(match.output)
                return suffixes.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) } ?? name
            }
        )
    }

    @Test(arguments: ["ops/prometheus-alerts.yaml", "ops/grafana-dashboard.json"])
    func everyMetricOfAFileIsWrittenAndExplained(file: String) throws {
        let used = Self.names(in: try Self.text(file))
        #expect(used.count >= 10)
        #expect(used.subtracting(Self.names(in: try Self.text("docs/operating.md"))) == [])
        let watch = Self.root.appending(path: "Sources/Gateway/Monitoring")
        let sources = try FileManager.default.subpathsOfDirectory(atPath: watch.path).filter { $0.hasSuffix(".swift") }
        var written = Self.names(in: try Self.text("Sources/Server/API/OperationsAPI.swift"))
        for source in sources {
            written.formUnion(Self.names(in: try String(contentsOf: watch.appending(path: source), encoding: .utf8)))
        }
        #expect(used.subtracting(written) == [])
    }

    @Test func everyAlertOfPrometheusIsExplained() throws {
        let rules = try Self.text("ops/prometheus-alerts.yaml")
        let manual = try Self.text("docs/operating.md")
        let alerts = rules.matches(of: /alert: ([A-Za-z]+)/).map { String($0.output.1) }
        #expect(alerts.count >= 15)
        for alert in alerts { #expect(manual.contains("| \(alert) |"), "\(alert) is not in docs/operating.md") }
    }

    @Test func dashboardIsJSONWithPanels() throws {
        let data = Data(try Self.text("ops/grafana-dashboard.json").utf8)
        let dashboard = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((dashboard["panels"] as? [Any])?.count ?? 0 > 10)
    }
}
