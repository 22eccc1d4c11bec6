import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPlatform

extension Platform {
    /// The synthetic project in a folder, written there by `PricingProject`, with its state in a home of that folder.
    static func synthetic(
        in folder: String, home: String? = nil, write: Bool = true,
        change: (inout PricingProject.Options) -> Void = { _ in }
    ) throws -> Platform {
        if write { try PricingProject.write(to: folder, change: change) }
        return try Platform(project: try Project.read(file: "\(folder)/martlet.yaml"), home: home ?? "\(folder)/home")
    }

    /// Runs the pipeline.
    ///
    /// - Returns: every step's execution, by name.
    @discardableResult
    func runPipeline() async throws -> [String: StepExecution] {
        let outcome = try await ProjectPipeline(self).run { _ in }
        return Dictionary(uniqueKeysWithValues: outcome.executions.map { ($0.key.description, $0.value) })
    }
}

/// The synthetic project, run and deployed once; every test works on a copy of it.
enum ReleasedProject {
    private static let folder = Mutex<TemporaryFolder?>(nil)

    private static let template = Task { () throws -> String in
        let made = try TemporaryFolder()
        folder.withLock { $0 = made }
        atexit { ReleasedProject.folder.withLock { $0?.remove() } }
        let platform = try Platform.synthetic(in: made.path)
        try await platform.runPipeline()
        _ = try Deployment(platform).deployFirst("price", by: "tests")
        try await platform.tracking().database.close()
        try platform.records.close()
        return made.path
    }

    /// A copy of the project in a folder of its own, removed afterwards.
    static func with<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Platform) async throws -> Result
    ) async throws -> Result {
        let template = try await template.value
        return try await withTemporaryFolder { folder in
            let copy = "\(folder)/project"
            try FileManager.default.copyItem(atPath: template, toPath: copy)
            return try await body(try Platform.synthetic(in: copy, write: false))
        }
    }
}

extension Platform {
    /// The release that the endpoint points to, loaded.
    func deployed() throws -> LoadedRelease {
        let move = try #require(try records.current(endpoint: "price"))
        return try LoadedRelease(self, try #require(try records.release(move.release)))
    }

    /// The file of the project's folder.
    func file(_ name: String) -> String { "\(project.folder)/\(name)" }

    /// A request for the price of brand 2 in store 3, one week after the data ends.
    static let request: JSONValue = [
        "store": 3, "brand": 2, "week": 41, "feature": 0, "competitor_1": 1.99, "competitor_3": 2.95,
    ]
}
