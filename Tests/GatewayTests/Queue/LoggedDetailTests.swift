// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Delivery

/// The text of a service as the log shows it.
@Suite struct LoggedDetailTests {
    private static let token = String(repeating: "x7", count: 30)

    @Test(arguments: [
        ("550 5.7.1 looks like spam", "550 5.7.1 looks like spam"), ("two\r\nlines\u{7}", "two lines"),
        ("550 5.1.1 <ana@example.org>: no such user", "550 5.1.1 <••••••@example.org>: no such user"),
        ("to=ana@example.org,bob@b.example refused", "to=ana@example.org,••••••@b.example refused"),
        ("see https://support.example.org", "see https://support.example.org"),
        ("blocked https://a.example/reset?token=abc", "blocked https://a.example/••••••"),
        ("proxy http://ops:pw@p.example failed", "proxy http://p.example/•••••• failed"),
        ("token \(token) is odd", "token •••••• is odd"), ("", ""),
    ])
    func privateAndSecretPartsAreMasked(detail: String, expected: String) {
        #expect(DeliveryError(.transient, code: "x", detail: detail).loggedDetail == expected)
    }

    @Test func aLongTextIsCut() {
        let detail = String(repeating: "word ", count: 1000)
        #expect(DeliveryError(.transient, code: "x", detail: detail).loggedDetail.count == 300)
    }
}
