// SPDX-License-Identifier: Apache-2.0
import JSON

extension TemplateLibrary {
    /// What the folder held at one moment.
    package final class Snapshot: Sendable {
        struct Key: Hashable {
            let template: String
            let brand: String
            let locale: String?
        }

        let files: TemplateFolder
        let compiled: [Key: CompiledTemplate]
        /// Brands that can be read.
        private let readBrands: [String: Brand]
        /// All templates that can be sent, sorted.
        package let names: [String]
        package let brands: [String]
        /// What keeps a file from being used; the last good version serves meanwhile.
        package let faults: [TemplateError]

        init(_ files: TemplateFolder, previous: Snapshot?) {
            var compiled: [Key: CompiledTemplate] = [:]
            var brands: [String: Brand] = [:]
            var faults = files.faults
            for brand in files.brands {
                do throws(TemplateError) {
                    brands[brand] = try Brand.read(brand, TemplateFiles(files.texts), locales: [])
                } catch {
                    faults.append(error)
                    brands[brand] = previous?.readBrands[brand]
                }
                for template in files.templates {
                    for locale in [nil] + files.locales(template: template, brand: brand).map(Optional.init) {
                        let key = Key(template: template, brand: brand, locale: locale)
                        do throws(TemplateError) {
                            compiled[key] = try Self.compile(key, files.texts)
                        } catch {
                            faults.append(error)
                            compiled[key] = previous?.compiled[key]
                        }
                    }
                }
            }
            self.files = files
            self.compiled = compiled
            self.faults = Self.unique(faults)
            readBrands = brands
            self.brands = brands.keys.sorted()
            names = Set(compiled.keys.map(\.template)).sorted()
        }

        private static func compile(_ key: Key, _ texts: [String: [UInt8]]) throws(TemplateError) -> CompiledTemplate {
            let template = try TemplateCompiler.compile(
                template: key.template,
                brand: key.brand,
                locale: key.locale,
                texts: texts
            )
            try template.checkSample()
            return template
        }

        private static func unique(_ faults: [TemplateError]) -> [TemplateError] {
            var seen: Set<TemplateError> = []
            return faults.filter { seen.insert($0).inserted }
        }

        /// The template in the best locale there is: `fr-CA`, `fr`, then the brand's own.
        package func template(_ name: String, brand: String, locale: String? = nil) -> CompiledTemplate? {
            for locale in locale.map(TemplateFiles.fallbacks) ?? [] {
                if let found = compiled[Key(template: name, brand: brand, locale: locale)] { return found }
            }
            return compiled[Key(template: name, brand: brand, locale: nil)]
        }

        /// A brand by the name of its folder.
        package func brand(_ id: String) -> Brand? { readBrands[id] }
    }
}

extension CompiledTemplate {
    /// A template whose sample does not render never goes live.
    func checkSample() throws(TemplateError) {
        if let fault = validate(sample).first {
            let name = fault.pointer.description.dropFirst("/data".count)
            throw samplePosition.error("the sample does not fit: \(name) \(fault.detail)")
        }
        _ = try render(sample)
    }
}
