// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Mustache
import Templates

/// Renders the page that bench.py wrote, by ours and by swift-mustache, and prints microseconds a page.
@main struct RenderBench {
    static func main() throws {
        let folder = URL(filePath: CommandLine.arguments[1])
        let seconds = CommandLine.arguments.count > 2 ? Double(CommandLine.arguments[2]) ?? 2 : 2
        let only = CommandLine.arguments.count > 3 ? CommandLine.arguments[3] : nil
        let library = TemplateLibrary(folder: folder.appending(path: "ours").path)
        for fault in library.faults { print(fault.report) }
        guard let template = library.template("password-reset", brand: "default") else { throw Missing() }
        let sample = template.sample
        if only == nil || only == "ours" {
            var size = 0
            let time = try measure(seconds) { size = try template.render(sample).html?.utf8.count ?? 0 }
            print("ours", time, size)
        }
        if only == nil || only == "swift-mustache" {
            let parts = try ["layout", "body", "footer"].map { name in
                let text = try String(contentsOf: folder.appending(path: "peers/\(name).mustache"), encoding: .utf8)
                return (name, try MustacheTemplate(string: text))
            }
            let peers = MustacheLibrary(templates: Dictionary(uniqueKeysWithValues: parts))
            let data = try Data(contentsOf: folder.appending(path: "peers/data.json"))
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
            var size = 0
            let time = measure(seconds) { size = peers.render(object, withTemplate: "layout")?.utf8.count ?? 0 }
            print("swift-mustache", time, size)
        }
    }

    private struct Missing: Error {}

    /// Microseconds a call: the best of eight rounds, which the machine's other work disturbs least.
    private static func measure(_ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        for _ in 0..<200 { try body() }
        var best = Double.infinity
        for _ in 0..<8 {
            var count = 0
            let start = clock.now
            while start.duration(to: clock.now) < .seconds(seconds / 8) {
                for _ in 0..<50 { try body() }
                count += 50
            }
            let passed = start.duration(to: clock.now)
            let nanoseconds = Double(passed.components.attoseconds) / 1e9 + Double(passed.components.seconds) * 1e9
            best = min(best, nanoseconds / 1000 / Double(count))
        }
        return best
    }
}
