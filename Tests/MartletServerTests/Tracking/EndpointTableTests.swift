import Foundation
import Testing

@testable import MartletServer

/// What docs/mlflow/endpoints.md tells of each route is written by people; that no route is left out is checked here.
@Suite struct EndpointTableTests {
    private static let page = URL(filePath: #filePath).appending(path: "../../../../docs/mlflow/endpoints.md").standardized

    /// `GET /api/…` of each row's first cell.
    private static func rows() throws -> [String] {
        try String(contentsOf: page, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| `"), let end = line.dropFirst(3).firstIndex(of: "`") else { return nil }
            return String(line[line.index(line.startIndex, offsetBy: 3)..<end])
        }
    }

    /// What web pages may ask as clients do is one route.
    private static func routes() async throws -> Set<String> {
        var found: Set<String> = []
        try await withTrackingStores { stores in
            var router = Router()
            TrackingRoutes(stores).add(to: &router)
            let all = Set(router.routes.map { "\($0.method) \($0.template)" })
            for route in all where !all.contains(route.replacing(" /ajax-api/", with: " /api/")) || !route.contains(" /ajax-api/") {
                found.insert(route)
            }
        }
        return found
    }

    @Test func `the table of endpoints has every route once, and no other`() async throws {
        let (rows, routes) = (try Self.rows(), try await Self.routes())
        let missing = routes.subtracting(rows).sorted()
        let unknown = Set(rows).subtracting(routes).sorted()
        #expect(missing == [], "\(missing.joined(separator: "\n"))")
        #expect(unknown == [])
        #expect(Set(rows).count == rows.count)
    }
}
