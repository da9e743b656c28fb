// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes

/// The style sheet and the script, under names that change with their content.
struct ConsoleAssets: Sendable {
    let styleName: String
    let scriptName: String

    init() {
        styleName = Self.name("console", "css", PackageResources.console_css)
        scriptName = Self.name("console", "js", PackageResources.console_js)
    }

    @Sendable func answer(_ call: Call) throws(Refusal) -> Reply {
        var reply: Reply
        switch call.parameter("file") {
        case styleName: reply = Reply(status: 200, type: "text/css; charset=utf-8", body: PackageResources.console_css)
        case scriptName:
            reply = Reply(status: 200, type: "text/javascript; charset=utf-8", body: PackageResources.console_js)
        default: throw Refusal(.notFound)
        }
        reply.fields[.cacheControl] = "public, max-age=31536000, immutable"
        return reply
    }

    private static func name(_ stem: String, _ ending: String, _ content: [UInt8]) -> String {
        "\(stem)-\(ContentHash(of: content).description.prefix(12)).\(ending)"
    }
}
