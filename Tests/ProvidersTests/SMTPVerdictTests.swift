// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail
import Testing

@testable import Providers

/// The classification of SMTP replies.
///
/// This table is critical: a wrong row loses mail or stops a provider.
@Suite struct SMTPVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let stage: SMTPOutcome.Stage
        let reply: String
        let kind: DeliveryError.Kind
        let scope: DeliveryError.Scope
        var code: String?

        init(
            _ stage: SMTPOutcome.Stage,
            _ reply: String,
            _ kind: DeliveryError.Kind,
            _ scope: DeliveryError.Scope,
            _ code: String? = nil
        ) {
            (self.stage, self.reply, self.kind, self.scope, self.code) = (stage, reply, kind, scope, code)
        }

        var testDescription: String { "\(stage) \(reply)" }

        var outcome: SMTPOutcome {
            let reply = SMTPReply(code: Int(reply.prefix(3)) ?? 0, text: String(reply.dropFirst(4)))
            return SMTPOutcome(stage: stage, failure: .refused, reply: reply, recipients: [], detail: "")
        }
    }

    static let limited = DeliveryError.Kind.rateLimited(retryAfter: nil)

    @Test(arguments: [
        // The connection.
        Row(.greeting, "421 4.3.2 closing", .transient, .provider, "smtp.4.3.2"),
        Row(.greeting, "421 Too many connections from your host", limited, .provider, "smtp.421"),
        Row(.greeting, "554 5.7.1 no SMTP service here", .transient, .provider, "smtp.5.7.1"),
        Row(.hello, "501 5.5.2 bad name", .transient, .provider),
        Row(.hello, "530 5.7.0 STARTTLS first", .misconfigured, .provider),
        Row(.startTLS, "454 4.7.0 TLS not available", .transient, .provider),
        // Signing in.
        Row(.authentication, "535 5.7.8 bad credentials", .authentication, .provider, "smtp.5.7.8"),
        Row(.authentication, "535 5.7.139 SmtpClientAuthentication is disabled", .authentication, .provider),
        Row(.authentication, "525 5.7.13 account disabled", .authentication, .provider),
        Row(.authentication, "334 {\"status\":\"401\"}", .authentication, .provider, "smtp.334"),
        Row(.authentication, "534 5.7.9 application password needed", .misconfigured, .provider),
        Row(.authentication, "530 5.7.0 must issue STARTTLS first", .misconfigured, .provider),
        Row(.authentication, "538 5.7.11 encryption needed", .misconfigured, .provider),
        Row(.authentication, "432 4.7.12 password transition needed", .misconfigured, .provider),
        Row(.authentication, "504 5.5.4 mechanism unknown", .misconfigured, .provider),
        Row(.authentication, "454 4.7.0 temporary authentication failure", .transient, .provider),
        Row(.authentication, "454 4.7.0 Too many login attempts", limited, .provider),
        Row(.authentication, "421 4.7.0 try again later", .transient, .provider),
        // MAIL.
        Row(.sender, "550 5.7.60 SendAsDenied", .misconfigured, .provider, "smtp.5.7.60"),
        Row(.sender, "553 5.7.1 sender not owned", .misconfigured, .provider),
        Row(.sender, "501 5.1.7 bad sender", .misconfigured, .provider),
        Row(.sender, "530 5.7.57 client not authenticated", .misconfigured, .provider),
        Row(.sender, "535 5.7.3 unsuccessful", .authentication, .provider),
        Row(.sender, "552 5.3.4 message too big", .rejected, .message),
        Row(.sender, "451 4.3.0 later", .transient, .provider),
        Row(.sender, "421 4.4.2 idle", .transient, .provider),
        Row(.sender, "454 Throttling failure: Maximum sending rate exceeded.", limited, .provider),
        Row(.sender, "454 Throttling failure: Daily message quota exceeded.", limited, .provider),
        Row(.sender, "550 5.4.5 Daily user sending limit exceeded", limited, .provider, "smtp.5.4.5"),
        Row(.sender, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", limited, .provider),
        // RCPT, when every recipient was refused.
        Row(.recipients, "550 5.1.1 no such user", .rejected, .message, "smtp.5.1.1"),
        Row(.recipients, "550 no such user", .rejected, .message, "smtp.550"),
        Row(.recipients, "551 not local", .rejected, .message),
        Row(.recipients, "552 5.2.2 mailbox exceeded its quota", .rejected, .message),
        Row(.recipients, "452 4.2.2 over quota, mailbox is full", .transient, .message),
        Row(.recipients, "450 4.2.0 greylisted, please try again later", .transient, .message),
        Row(.recipients, "451 4.7.1 Greylisting in action", .transient, .message),
        Row(.recipients, "452 4.5.3 too many recipients", .transient, .message),
        Row(.recipients, "450 4.7.28 unusual rate of mail", limited, .provider),
        Row(.recipients, "530 5.7.0 authentication required", .misconfigured, .provider),
        Row(.recipients, "421 4.3.0 closing", .transient, .message),
        // DATA and the final reply.
        Row(.data, "554 5.5.1 no valid recipients", .rejected, .message),
        Row(.data, "451 4.3.0 queue file write error", .transient, .message),
        Row(.data, "421 closing", .transient, .message),
        Row(.data, "250 odd", .transient, .message),
        Row(.final, "550 5.7.1 looks like spam", .rejected, .message),
        Row(.final, "554 5.7.26 unauthenticated mail", .rejected, .message),
        Row(.final, "552 5.3.4 Message size exceeds fixed limit", .rejected, .message),
        Row(.final, "552 message exceeded the maximum size limit", .rejected, .message),
        Row(.final, "554 5.4.6 too many hops", .rejected, .message),
        Row(.final, "421 4.3.0 closing", .transient, .message),
        Row(.final, "451 4.3.0 temporary failure, try again later", .transient, .message),
        Row(.final, "452 4.3.1 out of disk, storage limit exceeded", .transient, .message),
        Row(.final, "451 4.7.0 temporarily deferred [TSS04]", limited, .provider),
        Row(.final, "550 5.7.28 mail flood", limited, .provider),
        Row(.final, "450 4.7.1 rate limit exceeded", limited, .provider),
        Row(.final, "550 5.2.2 Submission quota exceeded", limited, .provider),
        Row(.final, "452 you have exceeded your hourly sending quota", limited, .provider),
        Row(.final, "300 odd", .transient, .message),
        // The sender's quota does not bounce a message, whatever the code.
        Row(
            .sender,
            "550 5.7.1 Daily SMTP relay limit exceeded for customer. For more information on SMTP relay sending limits "
                + "please contact your administrator",
            limited,
            .provider,
            "smtp.5.7.1"
        ),
        Row(.final, "550 5.7.1 Daily limit of this account is used up", limited, .provider),
        Row(.final, "554 5.7.1 your hourly quota is exceeded", limited, .provider),
        Row(.recipients, "550 5.7.1 Sending limit exceeded for this user", limited, .provider),
        Row(.final, "550 5.7.2 SMTP relay quota exceeded", limited, .provider),
        Row(.final, "550 5.7.1 Domain a.example has exceeded the max emails per hour (100/100)", limited, .provider),
        Row(.final, "550 Domain a.example has exceeded the max emails per hour (100/100)", limited, .provider),
        Row(.final, "550 5.2.2 Daily sending limit exceeded", limited, .provider),
        Row(.recipients, "550 5.1.90 You have reached your daily limit for message recipients", limited, .provider),
        Row(.recipients, "550 5.7.1 this mailbox has reached its daily limit", .rejected, .message),
        Row(.final, "550 5.7.1 daily spam quota of the sender's network exceeded", .rejected, .message),
        Row(.recipients, "550 5.1.1 no such user; daily limit for guesses", .rejected, .message),
        // A specific code takes precedence over vague words.
        Row(.final, "550 5.7.24 SPF PermError: too many DNS lookups", .rejected, .message, "smtp.5.7.24"),
        Row(.final, "554 5.6.0 Message has too many MIME parts", .rejected, .message),
        Row(.final, "550 5.7.26 unauthenticated: too many messages, rate limit exceeded", .rejected, .message),
        Row(.final, "550 5.7.1 blocked: too many messages from this sender", .rejected, .message),
        Row(.recipients, "550 5.1.1 no such user, and too many messages to it", .rejected, .message),
        Row(.recipients, "550 5.1.6 moved; too many requests", .rejected, .message),
        Row(.sender, "550 5.1.8 sender domain: too many DNS requests", .misconfigured, .provider),
        // Without such a code the words alone decide.
        Row(.final, "550 SPF PermError: too many DNS lookups", .rejected, .message, "smtp.550"),
        Row(.final, "554 too many links in email", .rejected, .message),
        Row(.final, "554 Message has exceeded the spam score limit", .rejected, .message),
        Row(.final, "554 moderated after the limit was exceeded by generated content", .rejected, .message),
        Row(.final, "550 Too many messages, slow down", limited, .provider),
        Row(.final, "550 5.7.0 you have exceeded the daily limit", limited, .provider),
        Row(.final, "550 5.7.3 daily quota reached", limited, .provider),
        Row(.final, "451 4.7.24 SPF: too many DNS lookups", .transient, .message),
        Row(.final, "450 4.7.1 too many messages from your address", limited, .provider),
        Row(.greeting, "421 4.7.0 Too many concurrent SMTP connections; see online help", limited, .provider),
        Row(.greeting, "554 5.7.0 too many sessions", limited, .provider),
    ])
    func aReplyAtAStageHasOneMeaning(row: Row) throws {
        let error = try #require(SMTPVerdict.error(of: row.outcome))
        #expect(error.kind == row.kind)
        #expect(error.scope == row.scope)
        if let code = row.code { #expect(error.code == code) }
        #expect(error.detail == row.reply)
    }

    typealias Stage = SMTPOutcome.Stage
    static let beforeTheMessage: [Stage] = [
        .resolve, .connect, .tls, .greeting, .hello, .startTLS, .authentication, .sender,
    ]
    static let withinTheMessage: [Stage] = [.recipients, .data, .content]
    static let silences: [SMTPOutcome.Failure] = [.timedOut, .disconnected]

    private func error(_ stage: Stage, _ failure: SMTPOutcome.Failure) throws -> DeliveryError {
        let outcome = SMTPOutcome(stage: stage, failure: failure, reply: nil, recipients: [], detail: "what happened")
        let error = try #require(SMTPVerdict.error(of: outcome))
        #expect(error.detail == "what happened")
        return error
    }

    @Test(arguments: beforeTheMessage, silences)
    func silenceBeforeTheMessageIsTransientAndTheProviders(stage: Stage, failure: SMTPOutcome.Failure) throws {
        let error = try error(stage, failure)
        #expect(error.kind == .transient && error.scope == .provider)
    }

    @Test(arguments: withinTheMessage, silences)
    func silenceWithinTheMessageIsTransientAndItsOwn(stage: Stage, failure: SMTPOutcome.Failure) throws {
        let error = try error(stage, failure)
        #expect(error.kind == .transient && error.scope == .message)
    }

    @Test(arguments: silences + [.cancelled])
    func silenceAfterTheWholeContentIsUncertain(failure: SMTPOutcome.Failure) throws {
        let error = try error(.final, failure)
        #expect(error.kind == .uncertain && error.scope == .provider)
    }

    @Test(arguments: beforeTheMessage + withinTheMessage)
    func cancellingNeverCountsAgainstTheProvider(stage: Stage) throws {
        let error = try error(stage, .cancelled)
        #expect(error.kind == .transient && error.scope == .message)
    }

    @Test(arguments: [
        (Stage.startTLS, DeliveryError.Kind.misconfigured, DeliveryError.Scope.provider, "smtp.starttls"),
        (.authentication, .misconfigured, .provider, "smtp.auth"), (.content, .rejected, .message, "smtp.size"),
        (.recipients, .rejected, .message, "smtp.utf8"), (.prepare, .misconfigured, .provider, "smtp.setup"),
    ])
    func whatTheServerLacksIsNamed(
        stage: Stage,
        kind: DeliveryError.Kind,
        scope: DeliveryError.Scope,
        code: String
    ) throws {
        let error = try error(stage, .unsupported)
        #expect(error.kind == kind && error.scope == scope && error.code == code)
    }

    @Test func aBadCertificateIsTransientAndABadSetupOurs() throws {
        #expect(try error(.tls, .insecure).kind == .transient)
        #expect(try error(.prepare, .insecure).kind == .misconfigured)
        #expect(try error(.prepare, .refused).kind == .rejected)
    }

    @Test func refusedRecipientsAreNamedWithTheirFate() throws {
        let addresses = try ["a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"]
            .map { try EmailAddress(parsing: $0) }
        let replies = [
            SMTPReply(code: 250, text: "ok"), SMTPReply(code: 550, text: "5.1.1 no"),
            SMTPReply(code: 450, text: "4.2.0 busy"),
            SMTPReply(code: 251, text: "forwarded"), SMTPReply(code: 552, text: "5.5.3 too many recipients"),
        ]
        let reply = SMTPReply(code: 250, text: "ok: queued as Q")
        let outcome = SMTPOutcome(stage: .accepted, failure: nil, reply: reply, recipients: replies, detail: "")
        let receipt = try SMTPVerdict.judge(outcome, recipients: addresses)
        #expect(receipt.id == "Q")
        #expect(receipt.refusals.map(\.address) == [addresses[1], addresses[2], addresses[4]])
        #expect(receipt.refusals.map(\.error.kind) == [.rejected, .transient, .transient])
        #expect(receipt.refusals.allSatisfy { $0.error.scope == .message })
    }

    @Test(arguments: [
        ("2.0.0 Ok: queued as 4Xy1Z", "4Xy1Z"), ("2.0.0 Ok: queued as <4Xy1Z>", "4Xy1Z"),
        ("OK id=1abc-000-XY", "1abc-000-XY"),
        ("Ok 0100018f6c2d7a3b-11ee-4a5b", "0100018f6c2d7a3b-11ee-4a5b"), ("2.0.0 OK 1695 x - gsmtp", nil), ("ok", nil),
        ("", nil), ("queued as", nil), ("id=", nil), ("accepted as is", nil),
    ])
    func theServersIdIsReadWhereItIsSure(text: String, id: String?) {
        #expect(SMTPVerdict.id(in: SMTPReply(code: 250, text: text)) == id)
    }

    @Test(arguments: [
        ("5.1.1 x", "5.1.1"), ("4.7.28", "4.7.28"), ("5.1", nil), ("3.1.1 x", nil), ("5.1.1000", nil), ("x 5.1.1", nil),
        ("5..1 x", nil), ("5.-1.1 x", nil), ("", nil),
    ])
    func enhancedCodesAreReadStrictly(text: String, expected: String?) {
        #expect(EnhancedCode(in: text)?.description == expected)
    }
}
