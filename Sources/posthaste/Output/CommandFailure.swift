// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Queue
import Settings
import Storage
import Submission

/// Why a command ends without having done what it was asked, and with which exit code.
struct CommandFailure: Error, Equatable {
    enum Code: Int32 {
        case failed = 1
        case wrongUsage = 64
        case badConfig = 78
    }

    let code: Code
    /// One readable line for each thing that is wrong.
    let lines: [String]
    /// True when the same may work later: the store is not there yet.
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

    init(_ failure: BuildFailure) {
        switch failure {
        case .unbuildable(let failure): self.init(failure.detail)
        case .discarded(let reason), .unavailable(let reason): self.init(reason)
        case .unbound(let error): self.init(error.detail)
        }
    }
}
