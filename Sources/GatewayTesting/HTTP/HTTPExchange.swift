// SPDX-License-Identifier: Apache-2.0
internal import Delivery

/// A strict parser of HTTP/1.1 requests on one connection (RFC 9112).
struct HTTPExchange {
    /// The head of a request; its body follows.
    struct Head {
        let method: String
        let target: String
        let headers: [HTTPHeader]

        func header(_ name: String) -> String? { headers.value(of: name) }

        /// Whether the client keeps the connection for the next request.
        var isPersistent: Bool { header("Connection")?.lowercased() != "close" }
    }

    private let socket: LoopbackSocket
    private var reader: LoopbackReader

    init(_ socket: LoopbackSocket) {
        self.socket = socket
        reader = LoopbackReader(socket)
    }

    /// The next request; nil at the end of the connection or for an invalid request.
    mutating func head() -> Head? {
        guard let first = line() else { return nil }
        let words = first.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, words[2] == "HTTP/1.1", words[1].hasPrefix("/") else { return nil }
        var headers: [HTTPHeader] = []
        while let text = line() {
            if text.isEmpty {
                return headers.value(of: "Host") != nil
                    ? Head(method: words[0], target: words[1], headers: headers) : nil
            }
            guard let colon = text.firstIndex(of: ":") else { return nil }
            headers.append(HTTPHeader(String(text[..<colon]), text[text.index(after: colon)...].trimmed))
        }
        return nil
    }

    /// The body of a request; nil when the connection ends early.
    mutating func body(_ head: Head) -> [UInt8]? {
        if head.header("Expect")?.lowercased() == "100-continue" { socket.send("HTTP/1.1 100 Continue\r\n\r\n") }
        if head.header("Transfer-Encoding")?.lowercased() == "chunked" { return chunks() }
        return reader.bytes(Int(head.header("Content-Length") ?? "0") ?? 0)
    }

    private mutating func chunks() -> [UInt8]? {
        var body: [UInt8] = []
        while let size = line().flatMap({ Int($0.prefix { $0 != ";" }, radix: 16) }), let chunk = reader.bytes(size) {
            guard line() == "" else { return nil }
            if size == 0 { return body }
            body += chunk
        }
        return nil
    }

    private mutating func line() -> String? {
        reader.line(limit: 65_536)
    }
}

extension HTTPResponse {
    /// The response as sent on the wire.
    func text(isPersistent: Bool) -> String {
        var text = "HTTP/1.1 \(status) Standing In\r\n"
        for header in headers { text += "\(header.name): \(header.value)\r\n" }
        if !isPersistent { text += "Connection: close\r\n" }
        if status != 204 { text += "Content-Length: \(body.count)\r\n" }
        return text + "\r\n" + String(decoding: body, as: UTF8.self)
    }
}
