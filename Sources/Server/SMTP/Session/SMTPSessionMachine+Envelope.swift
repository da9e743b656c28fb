// SPDX-License-Identifier: Apache-2.0
internal import Mail

/// MAIL and RCPT (RFC 5321 sections 4.1.1.2 and 4.1.1.3).
extension SMTPSessionMachine {
    mutating func mail(_ command: SMTPCommand) {
        guard let helloName else { return refuse(.noHello) }
        guard envelope == nil else { return refuse(.nestedMail) }
        guard let admission else { return refuse(unauthenticated) }
        guard let (path, parameters) = command.path(after: "FROM:") else {
            return refuse(.badSender("Syntax: MAIL FROM:<address>"))
        }
        let (options, fault) = mailOptions(parameters)
        if let fault { return refuse(fault) }
        let sender: SMTPSender
        switch Self.sender(path, isReport: admission == .report, allowsUTF8: options.isUTF8) {
        case .success(let parsed): sender = parsed
        case .failure(let refusal): return refuse(refusal.reply)
        }
        if let size = options.size {
            let limit = limit(admission)
            guard size <= limit else { return refuse(.tooLarge(limit)) }
            expectedSize = size
        }
        candidate = SMTPEnvelope(
            sender: sender,
            admission: admission,
            helloName: helloName,
            isExtended: isExtended,
            isEncrypted: isEncrypted
        )
        wait(for: .sender, since)
        candidate.map { actions.append(.checkSender($0)) }
    }

    private var admission: SMTPEnvelope.Admission? {
        if isLoggedIn { return .login }
        if isTrusted { return .trusted }
        return settings.bounces == nil ? nil : .report
    }

    /// The reply to a client without a login.
    ///
    /// Clients that find no AUTH show it to their user.
    private var unauthenticated: SMTPReply {
        if isEncrypted || settings.isLocal { return .authenticationRequired }
        return offersTLS ? .startTLSRequired : .loginImpossible
    }

    private struct MailOptions {
        var size: Int?
        var isUTF8 = false
    }

    private func mailOptions(_ parameters: [SMTPCommand.Parameter]) -> (MailOptions, fault: SMTPReply?) {
        var options = MailOptions()
        for parameter in parameters {
            switch parameter.name {
            case "SIZE":
                guard let value = parameter.value, (1...20).contains(value.utf8.count),
                    value.utf8.allSatisfy({ (0x30...0x39).contains($0) })
                else { return (options, .badParameterValue("SIZE")) }
                options.size = Int(value) ?? .max
            case "BODY":
                guard ["7BIT", "8BITMIME"].contains(parameter.value?.uppercased()) else {
                    return (options, .badParameterValue("BODY"))
                }
            // RFC 4954 section 5: the identity of the original submitter, which nothing here uses.
            case "AUTH": break
            case "SMTPUTF8" where settings.bounces != nil && parameter.value == nil: options.isUTF8 = true
            default: return (options, .badParameter(parameter.name))
            }
        }
        return (options, nil)
    }

    private struct AddressRefusal: Error {
        let reply: SMTPReply
    }

    /// A report counts whatever its sender is: only a path that is no text at all is refused.
    private static func sender(
        _ path: String,
        isReport: Bool,
        allowsUTF8: Bool
    ) -> Result<SMTPSender, AddressRefusal> {
        if path.isEmpty { return .success(.null) }
        do throws(FieldError) {
            let address = try EmailAddress(parsing: path)
            guard address.isASCII || isReport && allowsUTF8 else {
                return .failure(AddressRefusal(reply: .utf8LocalPart))
            }
            return .success(.address(address))
        } catch {
            let isTaken = isReport ? path.utf8.allSatisfy { (0x20..<0x7F).contains($0) } : isUnqualified(path)
            return isTaken
                ? .success(.unqualified(path)) : .failure(AddressRefusal(reply: .badSender(error.description)))
        }
    }

    /// True for an address whose only fault is a domain of one label.
    private static func isUnqualified(_ path: String) -> Bool {
        guard path.utf8.allSatisfy({ $0 < 0x80 }), path.utf8.contains(UInt8(ascii: "@")) else { return false }
        return (try? EmailAddress(parsing: path + ".example")) != nil
    }

    // MARK: RCPT

    mutating func recipient(_ command: SMTPCommand) {
        guard let envelope else {
            return refuse(helloName == nil ? .noHello : admission == nil ? unauthenticated : .noMail)
        }
        guard let (path, parameters) = command.path(after: "TO:"), !path.isEmpty else {
            return refuseRecipient(.badRecipient("Syntax: RCPT TO:<address>"))
        }
        if let parameter = parameters.first { return refuseRecipient(.badParameter(parameter.name)) }
        switch address(path) {
        case .failure(let refusal): refuseRecipient(refusal.reply)
        case .success(let address):
            guard !knownRecipients.contains(address.canonical) else {
                countIdleCommand()
                if !isClosed { send(.recipientOk) }
                return
            }
            if let refusal = admit(address, envelope) { return refuseRecipient(refusal) }
            knownRecipients.insert(address.canonical)
            self.envelope?.recipients.append(address)
            send(.recipientOk)
        }
    }

    /// The reply that refuses a new recipient; nil when the mail takes it.
    ///
    /// Mail to the bounce domain is a report, also when the client has logged in or is trusted; it goes only to addresses that the
    /// gateway has made. The first recipient decides what the mail is.
    private mutating func admit(_ address: EmailAddress, _ envelope: SMTPEnvelope) -> SMTPReply? {
        let isReport = address.domain == settings.bounces?.domain
        // A client without a login may send reports alone.
        guard let openedAs, isReport || openedAs != .report else { return unauthenticated }
        if isReport, settings.bounces?.has(address) != true { return .noSuchBounceAddress }
        let kind = isReport ? .report : openedAs
        if kind != envelope.admission {
            guard envelope.recipients.isEmpty else { return .mixedRecipients }
            if expectedSize > limit(kind) { return .tooLarge(limit(kind)) }
            self.envelope?.admission = kind
        }
        let limit = isReport ? limits.reportRecipients : limits.recipients
        return envelope.recipients.count < limit ? nil : .tooManyRecipients
    }

    private mutating func refuseRecipient(_ reply: SMTPReply) {
        hasRefusedRecipients = true
        refuse(reply)
    }

    private func address(_ path: String) -> Result<EmailAddress, AddressRefusal> {
        var path = path
        if !path.utf8.contains(UInt8(ascii: "@")) {
            guard let domain = settings.defaultDomain else {
                return .failure(AddressRefusal(reply: .badRecipient("The address \(path) has no domain")))
            }
            path += "@\(domain)"
        }
        do throws(FieldError) {
            let address = try EmailAddress(parsing: path)
            return address.isASCII ? .success(address) : .failure(AddressRefusal(reply: .utf8LocalPart))
        } catch {
            return .failure(AddressRefusal(reply: .badRecipient(error.description)))
        }
    }
}
