// SPDX-License-Identifier: Apache-2.0

/// The words of the frame in one language.
package struct PageLabels: Sendable, Hashable {
    /// Precedes the title of a page with a fault.
    package let fault: String
    /// The links in the footer.
    package let home: String
    package let support: String
    package let privacy: String

    package static func of(_ language: PageLanguage) -> PageLabels {
        switch language {
        case .arabic:
            PageLabels(fault: "خطأ:", home: "الموقع", support: "المساعدة", privacy: "الخصوصية")
        case .german:
            PageLabels(fault: "Fehler:", home: "Website", support: "Hilfe", privacy: "Datenschutz")
        case .english:
            PageLabels(fault: "Error:", home: "Website", support: "Help", privacy: "Privacy")
        case .spanish:
            PageLabels(fault: "Error:", home: "Sitio web", support: "Ayuda", privacy: "Privacidad")
        case .french:
            PageLabels(fault: "Erreur\u{202F}:", home: "Site web", support: "Aide", privacy: "Confidentialité")
        }
    }
}
