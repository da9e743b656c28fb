// SPDX-License-Identifier: Apache-2.0

/// All faults of a template, found in one pass.
struct CompileError: Error, Sendable {
    /// At least one.
    let all: [TemplateError]

    var first: TemplateError { all[0] }
}

/// Collects faults.
struct FaultList: Sendable {
    /// The maximum number of reported faults.
    static let most = 50

    private let most: Int
    private(set) var all: [TemplateError] = []
    private var known: Set<TemplateError> = []

    init(most: Int = Self.most) {
        self.most = most
    }

    /// Whether further faults are dropped.
    var isFull: Bool { all.count >= most }

    mutating func add(_ fault: TemplateError) {
        if !isFull, known.insert(fault).inserted { all.append(fault) }
    }

    mutating func add(_ faults: [TemplateError]) {
        for fault in faults { add(fault) }
    }

    /// The result of `work`; nil when it throws, with the fault noted.
    mutating func noting<Value>(_ work: () throws(TemplateError) -> Value) -> Value? {
        do throws(TemplateError) {
            return try work()
        } catch {
            add(error)
            return nil
        }
    }

    /// The result of `work`; nil when it throws, with the faults noted.
    mutating func notingAll<Value>(_ work: () throws(CompileError) -> Value) -> Value? {
        do throws(CompileError) {
            return try work()
        } catch {
            add(error.all)
            return nil
        }
    }

    /// Throws when there are faults.
    func check() throws(CompileError) {
        guard all.isEmpty else { throw CompileError(all: all) }
    }
}
