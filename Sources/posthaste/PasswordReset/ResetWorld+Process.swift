// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import PasswordReset

extension ResetWorld {
    /// The clock, the chance and the network of this process.
    static let process = ResetWorld(
        http: OutsideWorld.http,
        parse: { try JSONReader.read($0) },
        ids: IDs(clock: Machine.clock, random: Machine.random),
        clock: Machine.clock,
        random: Machine.random
    )
}
