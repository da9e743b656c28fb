// SPDX-License-Identifier: Apache-2.0

/// The way in that a message took.
///
/// An open set: another version of the gateway may know more.
public struct SubmissionPath: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// `POST /v1/messages`, and the command line, which makes the same request.
    public static let api = SubmissionPath(rawValue: "api")
    public static let smtp = SubmissionPath(rawValue: "smtp")
    /// Mail that a feature sends on the gateway's own behalf.
    public static let feature = SubmissionPath(rawValue: "feature")
}
