// SPDX-License-Identifier: Apache-2.0
package import Hummingbird
internal import NIOCore

/// What Hummingbird hands along with a request.
package struct HTTPContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The other end of the connection; nil on a Unix socket, whose peers are on this machine.
    var peer: IPAddress? { channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) } }
}
