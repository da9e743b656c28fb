// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Queue
import Settings
import Storage
import Submission

/// Why a command failed, and its exit code.
struct CommandFailure: Error, Equatable {
    enum Code: Int32 {
        case failed = 1
        case wrongUsage = 64
        case badConfig = 78
    }

    let code: Code
    /// One line for each fault.
    let lines: [String]
    /// True when a later try may succeed because the store is only unavailable.
    var isPassing = false

    init(_ line: String) {
        self.init(.failed, [line])
    }

    init(_ code: Code, _ lines: [String]) {
        (self.code, self.lines) = (code, lines)
    }
}

extension CommandFailure {
    init(_ faults: SettingsFaults) {
        self.init(
            .badConfig,
            faults.faults.map(\.description) + CredentialFiles.warnings(faults.credentialFiles).map { "warning: \($0)" }
        )
    }

    init(_ problem: Problem) {
        let faults = problem.faults.map { fault in
            let place = fault.pointer.description
            return place.isEmpty ? fault.detail : "\(place): \(fault.detail)"
        }
        self.init(.failed, faults.isEmpty ? [problem.detail] : faults)
    }

    init(_ error: StoreError) {
        switch error {
        case .unavailable(let detail):
            self.init("the store cannot be used: \(detail)")
            isPassing = true
        case .corrupt(let detail): self.init("the store holds something that this version cannot read: \(detail)")
        }
    }

    init(_ failure: BuildError) {
        switch failure {
        case .unbuildable(let failure): self.init(failure.detail)
        case .discarded(let reason), .unavailable(let reason): self.init(reason)
        case .unbound(let error): self.init(error.detail)
        }
    }
}
