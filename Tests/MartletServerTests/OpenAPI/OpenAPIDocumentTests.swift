import MartletCore
import MartletInference
import Testing

@testable import MartletServer

@Suite struct OpenAPIDocumentTests {
    @Test func `every address of a model server is described, and no other`() async throws {
        let repository = try ModelRepository([try ModelSource(name: "double", path: "/")]) { name, version, _ in
            try DoublingModel(version: version).served(name)
        }
        try repository.load("double")
        let routes = ModelRoutes(repository, metrics: MetricsRegistry(), readiness: Readiness()).router.routes
        let addresses = routes.map { "\($0.method.name.lowercased()) \($0.template)" }
            .filter { !$0.hasSuffix("/versions/{version}/infer") && $0 != "get /openapi.json" }
            .map { $0 == "post /v2/models/{model}/infer" ? "post /v2/models/double/infer" : $0 }
        let model = OpenAPIDocument.Model(name: "double", signature: DoublingModel(version: 1).signature)
        let paths = try #require(OpenAPIDocument(version: "1", models: [model]).json["paths"]?.object)
        let described = paths.flatMap { path, methods in (methods.object ?? [:]).keys.map { "\($0) \(path)" } }
        #expect(described.sorted() == addresses.sorted())
    }

    @Test func `every schema that is referred to is there`() throws {
        let model = OpenAPIDocument.Model(name: "double", signature: DoublingModel(version: 1).signature)
        let document = OpenAPIDocument(version: "1", models: [model]).json
        let schemas = try #require(document["components"]?["schemas"]?.object)
        let names = document.canonicalText.split(separator: "#/components/schemas/").dropFirst().map { String($0.prefix { $0 != "\"" }) }
        #expect(names.count > 20)
        for name in names { #expect(schemas[name] != nil, "\(name)") }
    }

    @Test func `the example of a model is one that it answers`() async throws {
        try await withServedModels { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                let document = try JSONValue(parsing: try await client.send(.get, "/openapi.json").body, as: "the document")
                let operation = document["paths"]?["/v2/models/double/infer"]?["post"]
                let example = try #require(operation?["requestBody"]?["content"]?["application/json"]?["example"])
                let response = try await client.send(.post, "/v2/models/double/infer", body: Array(example.canonicalText.utf8))
                #expect(response.status == 200)
            }
        }
    }
}
