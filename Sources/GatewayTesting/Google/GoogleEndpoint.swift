// SPDX-License-Identifier: Apache-2.0
internal import Delivery

/// The endpoint of a request.
public enum GoogleEndpoint: String, Sendable, Hashable, CaseIterable {
    case consent
    case token
    case revoke
    case tokenInfo
    case userInfo
    /// `messages.send`, as JSON and as an upload.
    case send
    case createDraft
    case sendDraft
    case getDraft
    case listDrafts
    case deleteDraft
    case profile
    case sendAs
    case getMessage
    case unknown

    init(_ request: HTTPRequest) {
        var segments = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        let isUpload = segments.first == "upload"
        if isUpload { segments.removeFirst() }
        if segments.count > 4, segments.starts(with: ["gmail", "v1", "users"]) {
            self = Self.gmail(request.method, Array(segments[4...]), isUpload: isUpload)
        } else {
            self = isUpload ? .unknown : Self.identity(request.method, request.path)
        }
    }

    private static func identity(_ method: HTTPRequest.Method, _ path: String) -> GoogleEndpoint {
        switch (method, path) {
        case (.get, "/o/oauth2/v2/auth"), (.get, "/o/oauth2/auth"): .consent
        case (.post, "/token"): .token
        case (.post, "/revoke"): .revoke
        case (.get, "/tokeninfo"), (.post, "/tokeninfo"): .tokenInfo
        case (.get, "/v1/userinfo"): .userInfo
        default: .unknown
        }
    }

    private static func gmail(
        _ method: HTTPRequest.Method,
        _ rest: [String],
        isUpload: Bool
    ) -> GoogleEndpoint {
        switch (method, rest.first, rest.count) {
        case (.post, "messages", 2) where rest[1] == "send": .send
        case (.post, "drafts", 1): .createDraft
        case (.post, "drafts", 2) where rest[1] == "send": .sendDraft
        case _ where isUpload: .unknown
        case (.get, "drafts", 1): .listDrafts
        case (.get, "drafts", 2): .getDraft
        case (.delete, "drafts", 2): .deleteDraft
        case (.get, "profile", 1): .profile
        case (.get, "settings", 2) where rest[1] == "sendAs": .sendAs
        case (.get, "messages", 2): .getMessage
        default: .unknown
        }
    }

    /// The scopes of which one is sufficient (discovery document, revision 20261005); empty for endpoints that need none.
    var scopes: Set<String> {
        switch self {
        case .send: Self.gmailScopes("send", "compose", "modify")
        case .createDraft, .sendDraft, .deleteDraft: Self.gmailScopes("compose", "modify")
        case .getDraft, .listDrafts: Self.gmailScopes("compose", "modify", "readonly")
        case .profile: Self.gmailScopes("compose", "metadata", "modify", "readonly")
        case .sendAs: Self.gmailScopes("modify", "readonly", "settings.basic")
        case .getMessage: Self.gmailScopes("metadata", "modify", "readonly")
        case .userInfo: ["email", "openid", "https://www.googleapis.com/auth/userinfo.email"]
        case .consent, .token, .revoke, .tokenInfo, .unknown: []
        }
    }

    private static func gmailScopes(_ names: String...) -> Set<String> {
        Set(names.map { "https://www.googleapis.com/auth/gmail.\($0)" } + ["https://mail.google.com/"])
    }
}
