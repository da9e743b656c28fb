// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Foundation
import GatewayTesting
import JSON
import OAuth
import Testing

@testable import Providers

/// The places where a machine keeps AWS credentials, by its variables.
@Suite struct AWSCredentialPlaceTests {
    private static func place(_ variables: [String: String]) throws -> AWSCredentialPlace {
        try AWSCredentialPlace(Dictionary(uniqueKeysWithValues: variables.map { ("AWS_\($0.key)", $0.value) }))
    }

    private static func container(_ url: String, _ authorization: AWSCredentialPlace.ContainerAuthorization? = nil)
        throws
        -> AWSCredentialPlace
    {
        .container(try #require(HTTPURL(url)), authorization: authorization)
    }

    private static let keys = ["ACCESS_KEY_ID": "AKIA", "SECRET_ACCESS_KEY": "s"]
    private static let relative = "CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "CONTAINER_CREDENTIALS_FULL_URI"

    @Test func keysComeFirstThenTheContainerThenTheInstance() throws {
        let credentials = AWSCredentials(accessKeyID: "AKIA", secretAccessKey: Secret("s"), sessionToken: Secret("t"))
        var variables = Self.keys.merging(["SESSION_TOKEN": "t", Self.relative: "/a", Self.full: "https://h/b"]) { $1 }
        #expect(try Self.place(variables) == .variables(credentials))
        for name in Self.keys.keys { variables[name] = "" }
        #expect(try Self.place(variables) == Self.container("http://169.254.170.2/a"))
        variables[Self.relative] = nil
        #expect(try Self.place(variables) == Self.container("https://h/b"))
        #expect(try Self.place([:]) == .instance(try #require(HTTPURL("http://169.254.169.254"))))
    }

    @Test func theContainersTokenMayBeInAFile() throws {
        let token = ["CONTAINER_AUTHORIZATION_TOKEN": "t", Self.full: "http://169.254.170.23/x"]
        #expect(try Self.place(token) == Self.container("http://169.254.170.23/x", .token(Secret("t"))))
        let both = token.merging(["CONTAINER_AUTHORIZATION_TOKEN_FILE": "/f"]) { $1 }
        #expect(try Self.place(both) == Self.container("http://169.254.170.23/x", .file("/f")))
    }

    @Test(arguments: [
        ("EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6", "http://[fd00:ec2::254]"),
        ("EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338/", "http://127.0.0.1:1338/"),
    ])
    func theMetadataServiceMayBeElsewhere(name: String, value: String, url: String) throws {
        #expect(try Self.place([name: value]) == .instance(try #require(HTTPURL(url))))
    }

    @Test(arguments: [
        ["ACCESS_KEY_ID": "AKIA"], ["SECRET_ACCESS_KEY": "s"], ["ACCESS_KEY_ID": "AKIA", "SECRET_ACCESS_KEY": "s\n"],
        [full: "http://credentials.example/x"], [full: "ftp://h"], [relative: "x"], [relative: "@h.example/"],
        ["EC2_METADATA_DISABLED": "True"], ["EC2_METADATA_SERVICE_ENDPOINT": "169.254.169.254"],
    ])
    func faultyVariablesAreTheOperatorsToMend(variables: [String: String]) {
        #expect {
            try Self.place(variables)
        } throws: { error in
            (error as? DeliveryError)?.kind == .misconfigured && (error as? DeliveryError)?.remedy != nil
        }
    }
}

/// Credentials of the machine over real HTTP, in the one refresh flow for all tokens.
@Suite(.timeLimit(.minutes(5))) struct AWSEnvironmentTests {
    /// A machine, and the token sources of a process on it.
    private struct Machine {
        let server: MailServiceServer<StandInAWSMachine>
        let sources: TokenSources
        let clock: HandClock

        init(_ variables: (String) -> [String: String], _ change: (inout StandInAWSMachine) -> Void = { _ in }) throws {
            var service = StandInAWSMachine()
            change(&service)
            let clock = HandClock()
            server = try MailServiceServer(service)
            let supplies = TokenSupplies(
                client: CurlHTTPClient(userAgent: "test"),
                clock: { clock.now },
                holder: "test",
                environment: variables(server.origin),
                parse: { try JSONReader.read($0) },
                write: { AtomicFile.write($0, to: $1) }
            )
            sources = TokenSources(clock: { clock.now }, pause: { _ in await Task.yield() }) { supplies.supply($0, $1) }
            self.clock = clock
        }

        func source(_ request: TokenRequest? = nil) -> RefreshingTokenSource {
            sources.source(
                for: request ?? TokenRequest(provider: "p", kind: "ses", account: "AWS", place: .environment)
            )
        }

        func credentials() async throws -> AWSCredentials? {
            AWSCredentials(try await source().token(replacing: nil))
        }

        func failure() async -> DeliveryError? {
            do throws(DeliveryError) {
                _ = try await source().token(replacing: nil)
                return nil
            } catch {
                return error
            }
        }
    }

    private static let role = AWSCredentials(
        accessKeyID: "ASIAEXAMPLE",
        secretAccessKey: Secret("secret/of+the+role"),
        sessionToken: Secret("session-1")
    )

    private static func instance(_ origin: String) -> [String: String] { ["AWS_EC2_METADATA_SERVICE_ENDPOINT": origin] }
    private static func container(_ origin: String) -> [String: String] {
        ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(origin)/creds", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc"]
    }

    @Test func theInstanceGivesThoseOfItsRole() async throws {
        let machine = try Machine(Self.instance)
        #expect(try await machine.credentials() == Self.role)
        #expect(machine.server.requests.map(\.method) == [.put, .get, .get])
    }

    @Test func theContainerGivesThoseOfItsTask() async throws {
        #expect(try await Machine(Self.container) { $0.authorization = "Basic abc" }.credentials() == Self.role)
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        try Data("of the file\n".utf8).write(to: file)
        // A leftover temporary file does no harm.
        defer { try? FileManager.default.removeItem(at: file) }
        let variables: (String) -> [String: String] = { origin in
            [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(origin)/creds",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file.path,
            ]
        }
        #expect(try await Machine(variables) { $0.authorization = "of the file" }.credentials() == Self.role)
    }

    @Test func manyCallersCauseOneQuestionAndRenewalComesAhead() async throws {
        let machine = try Machine(Self.container) { machine in
            machine.authorization = "Basic abc"
            machine.expiresAt = (HandClock().now + .seconds(3600)).description
        }
        let found = try await withThrowingTaskGroup(of: AWSCredentials?.self) { group in
            for _ in 0..<50 { group.addTask { try await machine.credentials() } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(found == [Self.role] && machine.server.service.given == 1)
        machine.clock.move(.seconds(3600 - 301))
        await machine.sources.renew()
        #expect(machine.server.service.given == 1)
        machine.server.change { $0.sessionToken = "session-2" }
        machine.clock.move(.seconds(2))
        await machine.sources.renew()
        #expect(try await machine.credentials()?.sessionToken == Secret("session-2"))
        #expect(machine.server.service.given == 2)
    }

    /// AWS may accept credentials for longer than it says while it is late with new ones.
    @Test func endedCredentialsAreUsedUntilNewOnesCome() async throws {
        let machine = try Machine(Self.instance) { $0.expiresAt = "2020-01-01T00:00:00Z" }
        let token = try await machine.source().token(replacing: nil)
        #expect(token.expiresAt == machine.clock.now + .seconds(600))
    }

    @Test func aFailureShowsInTheStatusAndGoodCredentialsStayInUse() async throws {
        let machine = try Machine(Self.instance) { $0.expiresAt = (HandClock().now + .seconds(600)).description }
        #expect(try await machine.credentials() == Self.role)
        machine.server.always(.answer(.page(500)))
        machine.clock.move(.seconds(400))
        await machine.sources.renew()
        #expect(machine.source().status.state == .failing && machine.source().status.failure?.kind == .transient)
        #expect(try await machine.credentials() == Self.role)
        machine.clock.move(.seconds(300))
        #expect(await machine.failure()?.kind == .transient)
    }

    @Test(arguments: [
        (ServiceFault.answer(.page(404)), DeliveryError.Kind.misconfigured), (.answer(.page(403)), .misconfigured),
        (.answer(.page(500)), .transient), (.answer(.page(429)), .transient), (.answer(.json(200, "")), .transient),
        (.actAndCut, .transient),
    ])
    func aMachineWithoutCredentialsSaysWhy(fault: ServiceFault, kind: DeliveryError.Kind) async throws {
        let machine = try Machine(Self.instance)
        machine.server.always(fault)
        let error = await machine.failure()
        #expect(error?.kind == kind && error?.code == "aws.credentials")
    }

    @Test func aRoleThatMayNotBeAssumedSaysWhy() async throws {
        let machine = try Machine(Self.instance) { $0.code = "AssumeRoleUnauthorizedAccess" }
        let error = await machine.failure()
        #expect(
            error?.kind == .misconfigured && error?.detail.contains("AssumeRoleUnauthorizedAccess: no trust") == true
        )
        #expect(await (try Machine(Self.instance) { $0.role = nil }).failure()?.kind == .misconfigured)
    }

    @Test func aProviderReplacesAnEndedToken() async throws {
        let machine = try Machine(Self.instance)
        let bench = try SESBench(
            [("credentials", "environment")],
            { service in
                service.signer.secrets["ASIAEXAMPLE"] = "secret/of+the+role"
                service.signer.sessionTokens["ASIAEXAMPLE"] = "session-1"
            },
            tokens: { machine.source($0) }
        )
        _ = try await bench.provider.send(SampleMail.plain(1))
        machine.server.change { $0.sessionToken = "session-2" }
        bench.server.change { service in
            service.signer.ended = ["session-1"]
            service.signer.sessionTokens["ASIAEXAMPLE"] = "session-2"
        }
        machine.clock.move(.seconds(60))
        _ = try await bench.provider.send(SampleMail.plain(2))
        #expect(bench.server.service.mails.count == 2 && bench.server.requests.count == 3)
        #expect(await bench.fault() == nil)
    }
}
