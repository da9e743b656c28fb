// SPDX-License-Identifier: Apache-2.0

/// The written forms of IP addresses and networks.
enum NetworkText {
    /// True for `10.0.0.1`, `10.0.0.0/8`, `::1` and `fd00::/8`.
    static func isNetwork(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let isSix = parts[0].contains(":")
        guard isSix ? isIPv6(parts[0]) : isIPv4(parts[0]) else { return false }
        guard parts.count == 2 else { return true }
        guard parts[1].allSatisfy(\.isASCII), let length = Int(parts[1]) else { return false }
        return (0...(isSix ? 128 : 32)).contains(length)
    }

    /// True for 127.0.0.0/8.
    static func isLoopback(_ host: String) -> Bool { host.hasPrefix("127.") && isIPv4(host[...]) }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { $0.count <= 3 && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } && UInt8($0) != nil }
    }

    private static func isIPv6(_ text: Substring) -> Bool {
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = 0
        for (position, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            let isLastHalf = position == halves.count - 1
            if isLastHalf, let last = parts.last, last.contains(".") {
                guard isIPv4(last) else { return false }
                groups += 1
            } else if let last = parts.last, !isGroup(last) {
                return false
            }
            guard parts.dropLast().allSatisfy(isGroup) else { return false }
            groups += parts.count
        }
        return halves.count == 2 ? groups < 8 : groups == 8
    }

    private static func isGroup(_ text: Substring) -> Bool {
        (1...4).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
