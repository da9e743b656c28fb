// SPDX-License-Identifier: Apache-2.0
package import Basics
import FoundationEssentials
internal import Synchronization
import Text

/// The files of a certificate and its private key.
package struct CertificateFiles: Sendable, Hashable {
    package let certificate: String
    package let privateKey: String

    package init(certificate: String, privateKey: String) {
        (self.certificate, self.privateKey) = (certificate, privateKey)
    }

    /// Reads both files.
    ///
    /// A certificate that has expired is no fault here.
    package func load() throws(CertificateFault) -> ServerCertificate {
        let chain = try Self.content(certificate, .certificate)
        return try ServerCertificate(chain: chain, privateKey: Self.content(privateKey, .privateKey))
    }

    private static func content(_ path: String, _ file: CertificateFault.File) throws(CertificateFault) -> [UInt8] {
        do { return Array(try Data(contentsOf: URL(filePath: path))) } catch { throw .unreadable(path: path, file) }
    }

    fileprivate var stamps: [FileStamp?] { [FileStamp(path: certificate), FileStamp(path: privateKey)] }
}

/// The current certificate of listeners: it follows its files.
package final class LiveCertificate: Sendable {
    fileprivate struct State {
        var certificate: ServerCertificate
        var stamps: [FileStamp?]
        /// A certificate that was read and refused because of its times; it counts once it is valid.
        var waiting: ServerCertificate?
    }

    package let files: CertificateFiles
    private let state: Mutex<State>

    /// Reads the files.
    ///
    /// A certificate that is not valid now is taken too: the caller decides by ``ServerCertificate/fault(at:)`` whether to warn.
    package init(_ files: CertificateFiles) throws(CertificateFault) {
        self.files = files
        let stamps = files.stamps
        state = Mutex(State(certificate: try files.load(), stamps: stamps))
    }

    package var current: ServerCertificate { state.withLock { $0.certificate } }

    /// Reads the files again when they have changed, or in any case when `isForced`: the new certificate, or nil.
    ///
    /// After a fault the old certificate stays, until the files change once more. A new certificate that has expired or is not yet
    /// valid does not replace a valid one either: the caller gets its fault once, and a certificate that becomes valid later is
    /// taken then.
    package func refresh(isForced: Bool = false, now: Timestamp) throws(CertificateFault) -> ServerCertificate? {
        let stamps = files.stamps
        let (isNew, waiting) = state.withLock { state -> (Bool, ServerCertificate?) in
            guard isForced || state.stamps != stamps else { return (false, state.takeWaiting(now)) }
            (state.stamps, state.waiting) = (stamps, nil)
            return (true, nil)
        }
        guard isNew else { return waiting }
        let certificate = try files.load()
        let fault = state.withLock { $0.replace(by: certificate, now) }
        if let fault { throw fault }
        return certificate
    }
}

extension LiveCertificate.State {
    /// The fault of a new certificate that is not valid while the old one is; nil when the new one is taken.
    fileprivate mutating func replace(by new: ServerCertificate, _ now: Timestamp) -> CertificateFault? {
        if let fault = new.fault(at: now), certificate.fault(at: now) == nil {
            waiting = new
            return fault
        }
        certificate = new
        return nil
    }

    /// Takes the waiting certificate once it is valid, or the old one is not valid any more.
    fileprivate mutating func takeWaiting(_ now: Timestamp) -> ServerCertificate? {
        guard let new = waiting, new.fault(at: now) == nil || certificate.fault(at: now) != nil else { return nil }
        (certificate, waiting) = (new, nil)
        return new
    }
}
