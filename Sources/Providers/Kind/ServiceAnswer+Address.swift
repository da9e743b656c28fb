// SPDX-License-Identifier: Apache-2.0
package import Delivery

extension ServiceAnswer {
    /// What the status alone says, except for a redirect, and for a 404 or 405 without an error of the service.
    ///
    /// Those do not come from the service's API: the address is wrong, and no message is at fault. `remedy` is about the address.
    package func byStatus(orAddress remedy: String) -> DeliveryError {
        switch status {
        case 300..<400: failure(.misconfigured, remedy: remedy)
        case 404, 405: name == nil && text == nil ? failure(.misconfigured, remedy: remedy) : byStatus()
        default: byStatus()
        }
    }
}
