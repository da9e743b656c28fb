// SPDX-License-Identifier: Apache-2.0
import Monitoring
import PasswordReset
import SQL
import Storage

/// The features on top of the gateway.
enum Features {
    /// The schema of a store: the core's, with what every feature adds, whether it is switched on or not.
    static let schema = StoreSchema.core.adding(.passwordReset)

    /// Every alert of this gateway, for settings, notifications and metrics.
    static let alerts = AlertCatalog(features: [ResetAlert.burst])

    /// Categories whose mail is critical when the request names no priority.
    static let criticalCategories: Set<String> = [ResetService.category]
}
