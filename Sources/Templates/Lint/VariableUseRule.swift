// SPDX-License-Identifier: Apache-2.0

/// Variables that a template declares and never uses.
enum VariableUseRule {
    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        let template = subject.template
        return template.variables.compactMap { variable in
            guard !template.usedNames.contains(variable.name), let position = template.positions[variable.name] else {
                return nil
            }
            return .warning("`\(variable.name)` is declared and not used; use it or take it out", at: position)
        }
    }
}
