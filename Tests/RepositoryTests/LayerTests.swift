import Testing

@Suite struct LayerTests {
    /// The layers from bottom to top; those of one line never import one another.
    static let layers: [Set<String>] = [
        ["CDecimals", "CEngines", "CForest", "COpenSSL", "CSearch", "CSpawn", "CZlib"],
        ["MartletCore"],
        ["MartletEngines", "MartletStore"],
        [
            "MartletData", "MartletFeatures", "MartletLearn", "MartletPipeline", "MartletRegistry", "MartletInference",
            "MartletRollout", "MartletSearch", "MartletMonitor", "MartletS3",
        ],
        ["MartletPlatform"],
        ["MartletServer"],
        ["MartletGRPC"],
        ["martlet"],
    ]
    /// Which layers may know a library that is not ours.
    static let foreign: [String: Set<String>] = [
        "CDecimals": ["MartletInference", "MartletServer"], "CEngines": ["MartletEngines", "MartletStore"],
        "CForest": ["MartletEngines", "MartletInference"],
        "COpenSSL": ["MartletCore"], "CSearch": ["MartletEngines"], "CSpawn": ["MartletCore"], "CZlib": ["MartletServer"],
        "Yams": ["MartletCore"],
        "GRDB": ["MartletStore", "MartletData"], "GRDBSQLite": ["MartletStore"], "ArgumentParser": ["martlet"],
        "NIOCore": ["MartletServer", "MartletGRPC", "MartletS3"], "AsyncHTTPClient": ["MartletS3"],
        "NIOPosix": ["MartletServer", "MartletGRPC"], "NIOHTTP1": ["MartletServer", "MartletS3"],
        "NIOSSL": ["MartletServer", "MartletS3"], "NIOTLS": ["MartletServer"], "GRPCCore": ["MartletGRPC"],
        "GRPCNIOTransportHTTP2TransportServices": ["MartletGRPC"], "GRPCProtobuf": ["MartletGRPC"], "SwiftProtobuf": ["MartletGRPC"],
    ]
    /// What comes with the toolchain.
    static let system: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization", "Darwin", "Musl"]

    private static func layer(of target: some StringProtocol) -> Int? { layers.firstIndex { $0.contains(String(target)) } }

    @Test func `imports only go downward`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources") where file.target != "MartletTesting" {
            let own = try #require(Self.layer(of: file.target), "\(file.path): its target has no place in the picture")
            for name in file.imports {
                guard let other = Self.layer(of: name) else { continue }
                #expect(other < own, "\(file.path) imports \(name)")
            }
        }
    }

    @Test func `a foreign library is known to the layers that keep it, and to no other`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources") where file.target != "MartletTesting" {
            for name in file.imports where !Self.system.contains(String(name)) && (Self.layer(of: name) ?? 0) == 0 {
                let keepers = try #require(Self.foreign[String(name)], "\(file.path) imports \(name), which nobody keeps")
                #expect(keepers.contains(file.target), "\(file.path) imports \(name)")
            }
        }
    }

    @Test func `only tests know the test kit`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources") {
            #expect(!file.imports.contains("MartletTesting"), "\(file.path)")
            #expect(!file.imports.contains("Testing") || file.target == "MartletTesting", "\(file.path)")
        }
    }
}
