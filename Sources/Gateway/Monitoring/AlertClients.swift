// SPDX-License-Identifier: Apache-2.0

/// What reaches the outside, lent to the channels of alerts by the outermost shell.
package struct AlertClients: Sendable {
    private let http: any HTTPClient
    private let run: CommandChannel.Runner
    private let mail: EmailChannel.Surroundings
    private let clock: Clock

    package init(
        http: any HTTPClient,
        run: @escaping CommandChannel.Runner,
        mail: EmailChannel.Surroundings,
        clock: @escaping Clock
    ) {
        self.http = http
        self.run = run
        self.mail = mail
        self.clock = clock
    }

    /// The channels that the settings ask for, in their order.
    package func outlets(_ settings: AlertSettings) -> [OutageWatch.Outlet] {
        settings.channels.map { channel in
            OutageWatch.Outlet(name: channel.name, troubles: channel.troubles, channel: self.channel(channel.kind))
        }
    }

    private func channel(_ kind: AlertChannelSettings.Kind) -> any AlertChannel {
        switch kind {
        case .webhook(let url, let secret): WebhookChannel(url: url, secret: secret, client: http, clock: clock)
        case .email(let to, let from, let via): EmailChannel(to: to, from: from, via: via, surroundings: mail)
        case .command(let words, let timeout): CommandChannel(words: words, timeLimit: timeout, run: run)
        }
    }
}
