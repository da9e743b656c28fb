// SPDX-License-Identifier: Apache-2.0
public import Gateway

extension ProviderKind {
    /// `kind: chaos`.
    public static let chaos = ProviderKind("chaos", summary: "another provider with faults played at rates you set") {
        (settings, context) throws(SettingsFault) in
        let plan = ChaosPlan(settings)
        guard context.allowsChaos else {
            throw SettingsFault(
                at: settings.position,
                path: settings.path,
                problem: "a provider that plays faults is not allowed here",
                remedy: "write `allow_chaos: true` at the top of the file, and never where real mail is sent"
            )
        }
        guard let inner = settings.map("wraps") else {
            throw SettingsFault(
                at: settings.position,
                path: settings.path,
                problem: "`wraps` is missing",
                remedy: "add `wraps: { kind: … }` with the settings of the provider that does the sending"
            )
        }
        // A fault is noted when there is none; such a provider is never used.
        let provider = context.wrapped(inner) ?? CaptureProvider()
        return ChaosProvider(provider, plan: plan) { Double.random(in: 0..<1) }
    }
}

/// How often which fault is played.
struct ChaosPlan: Sendable {
    static let usualDelay = Duration.seconds(5)

    /// In the order in which chance is shared out among them.
    var rates: [(fault: ChaosFault, rate: Double)] = []
    /// How long a slow send waits first.
    var slowBy = usualDelay
    /// The time that a rate limit names.
    var retryAfter: Duration?

    init(_ settings: SettingsReader) {
        let reader = settings.map("rates")
        for fault in ChaosFault.allCases {
            if let rate = reader?.number(fault.rawValue, in: 0...1) { rates.append((fault, rate)) }
        }
        if rates.reduce(0, { $0 + $1.rate }) > 1 + 1e-9 {
            settings.note("the rates are more than 1 together", key: "rates", remedy: "each is a part of all attempts")
        }
        if let span = settings.duration("slow_by") { slowBy = span }
        retryAfter = settings.duration("retry_after")
    }

    init(_ rates: [(fault: ChaosFault, rate: Double)]) {
        self.rates = rates
    }

    /// The fault for one attempt, nil for none; `chance` is in 0..<1.
    func fault(_ chance: Double) -> ChaosFault? {
        var rest = chance
        for (fault, rate) in rates {
            if rest < rate { return fault }
            rest -= rate
        }
        return nil
    }
}
