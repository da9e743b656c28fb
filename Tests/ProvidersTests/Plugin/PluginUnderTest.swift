// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Foundation
import GatewayTesting
import Mail
import Synchronization

@testable import Providers

/// The example in Python that writes each message into a folder, and a script that plays faults.
final class PluginUnderTest: ProviderUnderTest {
    static let python = "/usr/bin/python3"

    /// A plugin whose setting `send` says what becomes of a message.
    static let script = #"""
        import json, os, sys, time
        def say(answer): print(json.dumps(answer), flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            if "hello" in request:
                settings = request["hello"]["settings"]
                say({"hello": {"protocol": 1, "capabilities": ["attachments"], "concurrency": 8}})
            elif "probe" in request:
                say({"call": request["probe"]["call"], "ok": {}})
            elif settings["send"] == "die":
                sys.exit(1)
            elif settings["send"] == "die, child lives":
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(60)
                os._exit(1)
            elif settings["send"] == "note":
                print("token is", settings["token"], file=sys.stderr, flush=True)
                say({"call": request["send"]["call"], "failed": {"kind": "transient", "detail": "bad " + settings["token"]}})
            elif settings["send"] != "hang":
                say({"call": request["send"]["call"], "failed": {"kind": settings["send"], "detail": "as told"}})
        """#

    private let folder: URL
    private let current: Mutex<any Provider>

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("plugin-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let settings: SampleSettings = ["folder": .scalar(folder.path)]
        current = Mutex(try Self.provider(run: [Self.python, Self.example("maildir.py")], settings))
    }

    deinit {
        // No test depends on the removal of the folder.
        try? FileManager.default.removeItem(at: folder)
    }

    /// The path of an example.
    static func example(_ name: String) -> String {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../examples/plugins")
        return tests.appending(path: name).standardizedFileURL.path
    }

    static func provider(
        run: [String],
        _ settings: SampleSettings,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> any Provider {
        let words = run.map { SampleSettings.scalar($0) }
        let map: SampleSettings = ["run": .list(words), "settings": settings, "timeout": "1h"]
        return try ProviderKind.plugin.provider(map.reader, .sample(log: log))
    }

    /// The script that plays `fault`.
    static func faulty(
        _ fault: String,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> any Provider {
        try provider(run: [python, "-c", script], ["send": .scalar(fault), "token": "s3cret-token"], log: log)
    }

    var provider: any Provider { current.withLock { $0 } }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        let fault: String
        switch behaviour {
        case .takesAll: return true
        case .refuses: fault = "rejected"
        case .putsOff: fault = "transient"
        case .refusesLogin: fault = "authentication"
        case .cutsAfterTheEnd: fault = "die"
        case .hangs: fault = "hang"
        case .isAway:
            guard let next = try? Self.provider(run: ["/bin/false"], [:]) else { return false }
            current.withLock { $0 = next }
            return true
        case .cutsBeforeTheEnd: return false
        }
        guard let next = try? Self.faulty(fault) else { return false }
        current.withLock { $0 = next }
        return true
    }

    func taken() async -> [TakenMessage]? {
        let place = folder.appending(path: "new").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        return names.sorted().compactMap { name in
            guard let data = FileManager.default.contents(atPath: "\(place)/\(name)"),
                let end = data.firstIndex(of: 0x0A)
            else { return nil }
            let first = String(decoding: data[..<end], as: UTF8.self).dropFirst("X-Envelope-To: ".count)
            let recipients = first.filter { $0 != "\r" }.split(separator: ",").map(String.init)
            return TakenMessage(recipients: recipients, content: [UInt8](data[(end + 1)...]))
        }
    }
}
