// SPDX-License-Identifier: Apache-2.0
import Basics
package import OAuth

/// A Microsoft cloud: the setting `cloud`.
package enum MicrosoftCloud: String, Sendable, Hashable, CaseIterable {
    case global
    /// For the government of the United States.
    case us
    /// Operated by 21Vianet.
    case china

    /// The origin of the sign-in service.
    package var login: String {
        switch self {
        case .global: "https://login.microsoftonline.com"
        case .us: "https://login.microsoftonline.us"
        case .china: "https://login.partner.microsoftonline.cn"
        }
    }

    /// The origin of Microsoft Graph.
    package var graph: String {
        switch self {
        case .global: "https://graph.microsoft.com"
        case .us: "https://graph.microsoft.us"
        case .china: "https://microsoftgraph.chinacloudapi.cn"
        }
    }
}

extension OAuthService {
    /// The Microsoft identity platform, version 2.0, for one tenant (learn.microsoft.com/entra/identity-platform).
    ///
    /// Clients register the redirect `http://localhost`, whose port may differ. There is no endpoint that revokes a token.
    package static func microsoft(tenant: String, cloud: MicrosoftCloud) -> OAuthService {
        let base = "\(cloud.login)/\(tenant)/oauth2/v2.0"
        return OAuthService(
            name: "Microsoft",
            authorizationEndpoint: "\(base)/authorize",
            tokenEndpoint: "\(base)/token",
            clientFileRemedy: "name in `credentials` a JSON file with the `client_id` and `client_secret` of the app "
                + "registration in the Microsoft Entra admin center",
            consent: OAuthConsent(
                asksForOfflineAccess: false,
                prompt: "select_account",
                identityScopes: ["openid", "email", "profile"],
                loopbackHost: "localhost",
                noGrantRemedy:
                    "see that the app registration allows the scope `offline_access`, and run the command again"
            ),
            namesScopesOnRefresh: true,
            hasRevocation: false,
            hints: .microsoft
        )
    }

    /// Whether a text can be a tenant: its id, one of its domains, or `common`, `organizations`, `consumers`.
    static func isMicrosoftTenant(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count) && text.first != "." && text.first != "-"
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// Tenants in which an app has no right of its own, so that it cannot ask for itself.
    static let sharedMicrosoftTenants: Set<String> = ["common", "organizations", "consumers"]
}

extension OAuthHints {
    /// Microsoft's codes (learn.microsoft.com/entra/identity-platform/reference-error-codes), then the codes of RFC 6749.
    ///
    /// A grant lasts 90 days after its last use; each renewal replaces it.
    package static let microsoft = OAuthHints(
        refusals: wrongClient + wrongTenant + wrongCertificate + endedGrant + blockedSignIn + busy + byErrorCode,
        endsGrantsInTesting: false
    )

    private static let registration = "the app registration in the Microsoft Entra admin center"
    private static let secretsPage = "under Certificates & secrets of \(registration)"

    private static let wrongClient = [
        Refusal(
            ["AADSTS7000215"],
            .setUpIsWrong,
            "Microsoft refuses the `client_secret`",
            remedy: "set `client_secret` to the Value of a secret \(secretsPage), not to its Secret ID"
        ),
        Refusal(
            ["AADSTS7000222"],
            .setUpIsWrong,
            "the `client_secret` has expired",
            remedy: "make a new secret \(secretsPage), and set `client_secret` to its Value"
        ),
        Refusal(
            ["AADSTS700016", "AADSTS700038"],
            .setUpIsWrong,
            "the tenant has no app with this `client_id`",
            remedy:
                "copy `client_id` and `tenant` from the Overview of \(registration), and see that an administrator of the "
                + "tenant has consented to the app"
        ),
        Refusal(
            ["AADSTS7000218"],
            .setUpIsWrong,
            "the app needs a secret or a certificate",
            remedy: "set `client_secret`, or allow public client flows under Authentication of \(registration)"
        ),
        Refusal(
            ["AADSTS700025"],
            .setUpIsWrong,
            "the app is a public client, which has no secret",
            remedy: "remove `client_secret`, or register the redirect under the platform Web of \(registration)"
        ),
        Refusal(
            ["AADSTS7000112", "AADSTS7000114"],
            .setUpIsWrong,
            "the app is disabled in the tenant",
            remedy: "an administrator enables it under Enterprise applications, Properties"
        ),
        Refusal(
            ["AADSTS50011", "AADSTS500113", "AADSTS9002327"],
            .setUpIsWrong,
            "the redirect is not registered for this kind of client",
            remedy:
                "add http://localhost to the platform `Mobile and desktop applications` (with a secret: `Web`) under "
                + "Authentication of \(registration)"
        ),
    ]

    private static let wrongTenant = [
        Refusal(
            ["AADSTS90002", "AADSTS900023", "AADSTS90013", "AADSTS900021"],
            .setUpIsWrong,
            "there is no such tenant",
            remedy: "set `tenant` to the Directory (tenant) ID, and `cloud` to the cloud that it is in"
        ),
        Refusal(
            ["AADSTS900382", "AADSTS90051", "AADSTS900432"],
            .setUpIsWrong,
            "the tenant is in another cloud",
            remedy: "set `cloud` to the cloud that the tenant is in"
        ),
        Refusal(
            [
                "AADSTS500011", "AADSTS650057", "AADSTS650053", "AADSTS70011", "AADSTS1002012", "AADSTS28002",
                "AADSTS28003",
            ],
            .setUpIsWrong,
            "the scope is refused",
            remedy:
                "add the permission Mail.Send of Microsoft Graph under API permissions of \(registration), and see that "
                + "`cloud` is right"
        ),
        Refusal(
            ["AADSTS50059", "AADSTS50194", "AADSTS9002346", "AADSTS50128"],
            .setUpIsWrong,
            "the app does not work with this `tenant`",
            remedy: "set `tenant` to the Directory (tenant) ID in place of `common`"
        ),
    ]

    private static let wrongCertificate = [
        Refusal(
            ["AADSTS700024"],
            .comeBackLater,
            "Microsoft finds the assertion outside of its time",
            remedy: "set the clock of this machine (`timedatectl set-ntp true`)"
        ),
        Refusal(
            ["AADSTS700027", "AADSTS700021", "AADSTS700030", "AADSTS7000219", "AADSTS5002738"],
            .setUpIsWrong,
            "Microsoft does not accept the `client_certificate`",
            remedy: "upload this certificate \(secretsPage), and see that it has not expired"
        ),
        Refusal(
            ["AADSTS700023", "AADSTS50027"],
            .setUpIsWrong,
            "Microsoft refuses the assertion",
            remedy: "see that `token_url` is the endpoint of the tenant, or leave it out"
        ),
    ]

    private static let endedGrant = [
        Refusal(["AADSTS50173"], .grantIsDead, "it was revoked, as a change of the password does"),
        Refusal(
            ["AADSTS70008", "AADSTS700082", "AADSTS700084", "AADSTS70043"],
            .grantIsDead,
            "it has expired: it was not used for 90 days, or the organisation limits its life"
        ),
        Refusal(
            ["AADSTS50132", "AADSTS50133", "AADSTS50089", "AADSTS70000", "AADSTS700003"],
            .grantIsDead,
            "it was revoked, or belongs to another app"
        ),
        Refusal(
            ["AADSTS65001", "AADSTS65004", "AADSTS90094", "AADSTS90008", "AADSTS240002"],
            .grantIsDead,
            "the consent to the permissions is missing",
            remedy:
                "see that Mail.Send is under API permissions of \(registration), where an administrator may have to grant it"
        ),
        Refusal(
            ["AADSTS50076", "AADSTS50079", "AADSTS50078", "AADSTS50074", "AADSTS50158", "AADSTS50072"],
            .grantIsDead,
            "the organisation asks for a second factor, which only the owner can give"
        ),
        Refusal(
            ["AADSTS54005", "AADSTS70002", "AADSTS501481", "AADSTS9002313"],
            .grantIsDead,
            "the code or token cannot be used, or was used before"
        ),
    ]

    private static let blockedSignIn = [
        Refusal(
            ["AADSTS50034", "AADSTS50020", "AADSTS50177", "AADSTS51004"],
            .grantIsDead,
            "the tenant has no such user",
            remedy: "check `account` and `tenant`"
        ),
        Refusal(
            ["AADSTS50057", "AADSTS50053", "AADSTS50055", "AADSTS50144"],
            .grantIsDead,
            "the account is disabled or locked, or its password has expired",
            remedy: "an administrator enables the account"
        ),
        Refusal(
            [
                "AADSTS53003", "AADSTS53000", "AADSTS53001", "AADSTS53002", "AADSTS530002", "AADSTS530004",
                "AADSTS530034",
            ],
            .grantIsDead,
            "a Conditional Access policy blocks the sign-in",
            remedy: "an administrator excludes the account from the policy, or use `tokens: client-credentials`"
        ),
        Refusal(
            ["AADSTS50105"],
            .grantIsDead,
            "the account is not assigned to the app",
            remedy: "an administrator assigns it under Enterprise applications, Users and groups"
        ),
    ]

    private static let busy = [
        Refusal(
            ["temporarily_unavailable", "server_error", "AADSTS90033", "AADSTS90006", "AADSTS90012", "AADSTS90024"],
            .comeBackLater,
            "Microsoft cannot answer now"
        )
    ]

    private static let byErrorCode = [
        Refusal(
            ["invalid_client"],
            .setUpIsWrong,
            "Microsoft refuses the client",
            remedy: "check `client_id`, and the client's secret or certificate"
        ),
        Refusal(
            ["unauthorized_client", "unsupported_grant_type"],
            .setUpIsWrong,
            "the app may not ask for tokens in this way",
            remedy: "check `client_id` and `tenant`, and the platforms under Authentication of \(registration)"
        ),
        Refusal(
            ["invalid_scope", "invalid_resource", "invalid_request"],
            .setUpIsWrong,
            "Microsoft refuses the request",
            remedy: "check `tenant`, `client_id` and `cloud`"
        ),
        Refusal(
            ["interaction_required", "consent_required", "login_required", "access_denied"],
            .grantIsDead,
            "Microsoft asks the owner to sign in again"
        ),
    ]
}
