// SPDX-License-Identifier: Apache-2.0
import JSON

/// Reads `strings:`: a text by name, or its plural forms: `minutes: { one: minute, other: minutes }`.
enum Wording {
    static func read(_ value: YAMLValue, _ faults: inout FaultList) -> JSONObject {
        var result = JSONObject()
        for member in faults.noting({ () throws(TemplateError) in try value.members("strings") }) ?? [] {
            if case .map = member.value.content {
                faults.add(checkForms(member.key, member.value))
                result[member.key] = member.value.json
            } else if let text = faults.noting({ () throws(TemplateError) in try member.value.text(member.key) }) {
                result[member.key] = .string(text)
            }
        }
        return result
    }

    private static func checkForms(_ name: String, _ forms: YAMLValue) -> [TemplateError] {
        var faults = FaultList()
        faults.add(forms.unknownKeys(PluralCategory.allCases.map(\.rawValue), in: "the plural forms of `\(name)`"))
        for form in faults.noting({ () throws(TemplateError) in try forms.members(name) }) ?? []
        where PluralCategory(rawValue: form.key) != nil {
            _ = faults.noting { () throws(TemplateError) in try form.value.text(form.key) }
        }
        if forms["other"] == nil { faults.add(forms.position.error("the plural forms of `\(name)` have no `other`")) }
        return faults.all
    }
}
