// SPDX-License-Identifier: Apache-2.0
package import Delivery

extension ServiceAnswer {
    /// What the status alone says, except for a redirect, and for a 404 or 405 without an error of the service.
    ///
    /// Those do not come from the service's API: the address is wrong, and no message is at fault. `remedy` is about the address.
    /// `isOwn` says whether the body holds an error of the service; nil takes a name or a text for one.
    package func byStatus(orAddress remedy: String, isOwn: Bool? = nil) -> DeliveryError {
        switch status {
        case 404 where isOwn ?? hasError, 405 where isOwn ?? hasError: byStatus()
        case 300..<400, 404, 405: failure(.misconfigured, remedy: remedy)
        default: byStatus()
        }
    }

    private var hasError: Bool { name != nil || text != nil }
}
