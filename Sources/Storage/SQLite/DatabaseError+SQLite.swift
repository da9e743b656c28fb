// SPDX-License-Identifier: Apache-2.0
import GRDB
import Gateway
import struct Gateway.DatabaseError

extension Gateway.DatabaseError {
    /// The verdict on an error of GRDB; statement and parameter values are left out.
    init(sqlite error: any Error) {
        if let error = error as? Gateway.DatabaseError {
            self = error
            return
        }
        guard let error = error as? GRDB.DatabaseError else {
            self.init(.broken, code: "SQLITE_ERROR", detail: "\(type(of: error))")
            return
        }
        let code = error.resultCode
        self.init(Self.kind(of: code), code: Self.name(of: code), detail: error.message ?? "no further detail")
    }

    private static func kind(of code: ResultCode) -> Kind {
        switch code {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_READONLY,
            .SQLITE_PERM,
            .SQLITE_NOMEM, .SQLITE_PROTOCOL, .SQLITE_INTERRUPT, .SQLITE_ABORT,
            // A damaged file takes nothing until an operator restores it.
            .SQLITE_CORRUPT, .SQLITE_NOTADB:
            .unavailable
        case .SQLITE_CONSTRAINT: .constraint
        default: .broken
        }
    }

    private static func name(of code: ResultCode) -> String {
        names[code.rawValue].map { "SQLITE_\($0)" } ?? "SQLITE_\(code.rawValue)"
    }

    /// By primary code, as in `sqlite3.h`.
    private static let names: [Int32: String] = [
        1: "ERROR", 3: "PERM", 4: "ABORT", 5: "BUSY", 6: "LOCKED", 7: "NOMEM", 8: "READONLY", 9: "INTERRUPT",
        10: "IOERR",
        11: "CORRUPT", 13: "FULL", 14: "CANTOPEN", 15: "PROTOCOL", 17: "SCHEMA", 18: "TOOBIG", 19: "CONSTRAINT",
        20: "MISMATCH", 21: "MISUSE", 25: "RANGE", 26: "NOTADB",
    ]
}
