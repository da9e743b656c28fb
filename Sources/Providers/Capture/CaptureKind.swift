// SPDX-License-Identifier: Apache-2.0
public import Gateway

extension ProviderKind {
    /// `kind: capture`.
    public static let capture = ProviderKind(
        "capture",
        summary: "keeps mail to be looked at and delivers nothing",
        isCapture: true
    ) { (_, _) throws(SettingsFault) in
        CaptureProvider()
    }
}
