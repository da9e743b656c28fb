// SPDX-License-Identifier: Apache-2.0
package import OAuth

extension OAuthService {
    /// Google (developers.google.com/identity/protocols/oauth2); its older client files name replaced endpoints.
    package static let google = OAuthService(
        name: "Google",
        authorizationEndpoint: authorization,
        tokenEndpoint: tokens,
        replacedEndpoints: [
            "https://accounts.google.com/o/oauth2/auth": authorization,
            "https://accounts.google.com/o/oauth2/token": tokens,
            "https://www.googleapis.com/oauth2/v3/token": tokens,
            "https://www.googleapis.com/oauth2/v4/token": tokens,
        ],
        clientFileRemedy: "download the client file from the Google Cloud console, and name it in `credentials`",
        consent: OAuthConsent(
            noGrantRemedy: "remove the app at https://myaccount.google.com/permissions and run the command again"
        )
    )

    private static let authorization = "https://accounts.google.com/o/oauth2/v2/auth"
    private static let tokens = "https://oauth2.googleapis.com/token"
}
