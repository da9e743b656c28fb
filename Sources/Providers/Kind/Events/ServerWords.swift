// SPDX-License-Identifier: Apache-2.0
internal import Mail

/// What a service passes on of a server's words about a message.
struct ServerWords: Sendable {
    private static let longestDetail = 500
    /// Far more than a reply of a server has; bounds the work below.
    private static let longestText = 4000

    let code: EnhancedStatusCode?
    private let text: String

    /// The code is the status, unless that is missing or says nothing (`x.0.0`) and the texts have a better one.
    init(status: String? = nil, _ texts: String?...) {
        var seen: Set<String> = []
        let whole = texts.compactMap(\.self).filter { !$0.isEmpty && seen.insert($0).inserted }.joined(separator: "; ")
        text = String(String.UnicodeScalarView(whole.unicodeScalars.prefix(Self.longestText)))
        let codes = (status.map { [$0] } ?? []).compactMap { EnhancedStatusCode($0) } + Self.codes(in: text)
        code = codes.first { $0.subject != 0 } ?? codes.first
    }

    /// The texts on one line, for an event.
    var detail: String? {
        var line = ""
        var count = 0
        for scalar in text.unicodeScalars where count < Self.longestDetail {
            let isBreak =
                scalar.properties.generalCategory == .control || "\u{2028}\u{2029}".unicodeScalars.contains(scalar)
            if isBreak, line.isEmpty || line.last == " " { continue }
            line.unicodeScalars.append(isBreak ? " " : scalar)
            count += 1
        }
        return line.isEmpty ? nil : line
    }

    /// The class of a refusal that these words explain; `claim` is that of the service, nil when it leaves the reason open.
    func bounceClass(_ claim: BounceClass? = nil) -> BounceClass { BounceClass(claim: claim, code: code, words: text) }

    /// The codes in a text; a number of four parts is an address.
    private static func codes(in text: String) -> [EnhancedStatusCode] {
        text.utf8.split { !$0.isASCIIDigitOrDot }.compactMap { token in
            let trimmed = token.last == UInt8(ascii: ".") ? token.dropLast() : token
            return EnhancedStatusCode(Substring(trimmed))
        }
    }
}

extension UInt8 {
    fileprivate var isASCIIDigitOrDot: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || self == 0x2E }
}
