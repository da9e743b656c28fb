// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// The numbers of messages on PostgreSQL: the moment in a message's name, and a counter behind it.
///
/// So they ascend with time over all gateways, and the messages of a day are a range of them.
package enum MessageNumber {
    /// So many numbers has a millisecond, more than any server stores in one.
    package static let perMillisecond: Int64 = 1 << 20

    /// The first number of a moment.
    package static func least(at moment: Timestamp) -> Int64 { moment.milliseconds * perMillisecond }
}
