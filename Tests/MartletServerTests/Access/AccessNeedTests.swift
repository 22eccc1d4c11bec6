import MartletCore
import MartletRegistry
import MartletTesting
import Testing

@testable import MartletServer

/// Every endpoint, asked by those who may and by those who lack one right.
struct AccessNeedTests {
    private static let names = AccessNeed.table.keys.sorted()

    private func withThings(_ name: String, _ body: (NeededThings, TrackingEndpoint, AccessNeed) async throws -> Void) async throws {
        try await withTrackingStores { stores in
            let endpoint = try #require(TrackingRoutes(stores).endpoints.first { $0.name == name }, "\(name)")
            try await body(try await NeededThings(stores), endpoint, endpoint.need)
        }
    }

    @Test(arguments: names)
    func `who has each right that is needed is not refused`(name: String) async throws {
        try await withThings(name) { things, endpoint, need in
            let principal = need == .administrator ? Principal.everybody : things.principal(need)
            let status = try await things.status(endpoint, for: principal)
            #expect(![401, 403].contains(status))
        }
    }

    @Test(arguments: names)
    func `who lacks one of the rights is refused`(name: String) async throws {
        try await withThings(name) { things, endpoint, need in
            for claim in need.claims where claim.scope != .anything {
                let status = try await things.status(
                    endpoint, for: things.principal(need, but: claim), choosingPlace: claim.scope == .place)
                // What one may not even see is not there; what is yet to be made is missed by nobody.
                let isHidden = claim.role == .read && things.subject(claim.scope) != nil
                #expect(status == (isHidden ? 404 : 403), "\(claim)")
            }
        }
    }

    @Test(arguments: names)
    func `who has no right at all is refused where anybody could be`(name: String) async throws {
        try await withThings(name) { things, endpoint, need in
            let isOpen = need.claims.allSatisfy { $0.scope == .anything }
            let status = try await things.status(endpoint, for: Principal(name: "eve"))
            #expect([403, 404].contains(status) != isOpen, "\(status)")
        }
    }

    @Test func `every endpoint is in the table, and nothing else`() async throws {
        try await withTrackingStores { stores in
            #expect(Set(TrackingRoutes(stores).endpoints.map(\.name)).symmetricDifference(Self.names) == [])
        }
    }

    @Test func `what is asked with GET only reads, and what makes, changes or deletes does not`() async throws {
        try await withTrackingStores { stores in
            let reads = TrackingRoutes(stores).endpoints.filter(\.isRead)
            #expect(
                TrackingRoutes(stores).endpoints.filter { $0.method == .get && !$0.isRead && $0.need != .administrator }.map(\.name) == [])
            let searches = ["search", "search-datasets", "get-latest-versions", "batchGetInfos", "calculate-filter-correlation"]
            #expect(
                reads.filter { read in read.method != .get && !searches.contains { read.path.hasSuffix($0) } }.map(\.name)
                    == ["POST artifacts/presigned-download-url"])
        }
    }

    /// A field that names something and that no claim reads would be open to all.
    @Test func `every field that names something is claimed`() async throws {
        try await withTrackingStores { stores in
            for endpoint in TrackingRoutes(stores).endpoints {
                let need = endpoint.need
                guard need != .administrator, need != AccessNeed(.read, .anything) else { continue }
                let claimed = need.claims.flatMap { Self.fields($0.scope) } + (Self.sifted[endpoint.name] ?? [])
                for field in endpoint.schema.names where Self.naming(endpoint).contains(field) {
                    #expect(claimed.contains(field), "\(endpoint.name): \(field)")
                }
            }
        }
    }

    private static func naming(_ endpoint: TrackingEndpoint) -> Set<String> {
        let names: Set = [
            "experiment_id", "experiment_ids", "experiment_name", "locations", "trace", "run_id", "run_uuid", "run_ids", "source_run_id",
            "trace_id", "trace_ids", "request_ids", "model_id", "models", "metrics", "prompt_versions", "artifact_location",
        ]
        let isOfRegistry = ["registered-models/", "model-versions/"].contains { endpoint.path.hasPrefix($0) }
        return isOfRegistry ? names.union(["name", "new_name"]) : names
    }

    /// What narrows an answer to what is claimed already.
    private static let sifted = [
        "POST traces/delete-traces": ["request_ids"], "POST 3.0/traces/delete-traces": ["request_ids"],
        "GET 3.0/traces/batchGet": ["experiment_ids"], "POST 3.0/traces/batchGetInfos": ["experiment_ids"],
    ]

    private static func fields(_ scope: AccessNeed.Scope) -> [String] {
        switch scope {
        case .anything, .new, .server, .dataset: []
        case .experiment: ["experiment_id"]
        case .experimentName: ["experiment_name"]
        case .newTrace: ["trace"]
        case .experiments, .experimentsOrNone: ["experiment_ids", "locations"]
        case .run: ["run_id", "run_uuid"]
        case .runs: ["run_id", "run_ids"]
        case .sourceRun: ["source_run_id"]
        case .trace: ["trace_id", "trace_ids"]
        case .loggedModel: ["model_id"]
        case .linkedModels: ["models"]
        case .metricModels: ["metrics"]
        case .model: ["name"]
        case .newModel: ["name", "new_name"]
        case .sourceModel: ["source"]
        case .prompts: ["prompt_versions"]
        case .place: ["artifact_location"]
        }
    }
}
