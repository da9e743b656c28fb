// SPDX-License-Identifier: Apache-2.0
import PasswordReset
import SQL
import Storage

extension StoreSchema {
    /// What a gateway's store has.
    static let whole = StoreSchema.core.adding(.passwordReset)
}
