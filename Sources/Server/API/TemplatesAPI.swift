// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
package import Submission

/// Endpoints that list and render the templates of the templates folder.
package struct TemplatesAPI: Sendable {
    /// The current templates, and the brand used when a request names none.
    package typealias Shelf = @Sendable () -> (templates: any MailTemplates, defaultBrand: String)

    private let acceptance: MessageSubmission
    private let shelf: Shelf

    package init(acceptance: MessageSubmission, shelf: @escaping Shelf) {
        self.acceptance = acceptance
        self.shelf = shelf
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/templates", access: .key(.read), answer: list),
            Endpoint(.get, "/v1/templates/{name}", access: .key(.read), answer: show),
            Endpoint(.post, "/v1/templates/{name}/render", access: .key(.send), body: .json, answer: render),
        ]
    }

    private func list(_ call: Call) async throws(Refusal) -> Reply {
        let shelf = shelf()
        return .json(TemplateView.list(shelf.templates, for: call.principal, defaultBrand: shelf.defaultBrand))
    }

    private func show(_ call: Call) async throws(Refusal) -> Reply {
        let shelf = shelf()
        let view = TemplateView.template(
            call.parameter("name"),
            shelf.templates,
            for: call.principal,
            defaultBrand: shelf.defaultBrand
        )
        guard let view else { throw Refusal(.notFound("There is no template of this name.")) }
        return .json(view)
    }

    private func render(_ call: Call) async throws(Refusal) -> Reply {
        let body = try call.json()
        do throws(Problem) {
            return .json(try acceptance.preview(call.parameter("name"), body, from: call.principal))
        } catch {
            throw Refusal(error)
        }
    }
}
