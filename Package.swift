// swift-tools-version: 6.2
import PackageDescription

// The manifest lists the layers from bottom to top, so that it reads as the picture in ARCHITECTURE.md.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// One layer: a target named `Martlet…` and the tests that mirror it. `files` are what the tests read and do not compile, and `origins`
/// what generated sources come from.
func layer(
    _ name: String, on dependencies: [Target.Dependency], tests: [Target.Dependency] = [], files: [String] = [], origins: [String] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, exclude: origins, swiftSettings: house),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: name), "MartletTesting"] + dependencies + tests,
            exclude: files,
            swiftSettings: house
        ),
    ]
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let nioTLS: [Target.Dependency] = [.product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOTLS", package: "swift-nio")]
let httpClient: [Target.Dependency] = [
    .product(name: "AsyncHTTPClient", package: "async-http-client"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")

/// What only the trait `GRPC` needs; without it none of it is fetched, built or linked.
let grpc: [Target.Dependency] = [
    ("GRPCCore", "grpc-swift-2"), ("GRPCNIOTransportHTTP2TransportServices", "grpc-swift-nio-transport"),
    ("GRPCProtobuf", "grpc-swift-protobuf"), ("SwiftProtobuf", "swift-protobuf"),
].map { .product(name: $0, package: $1, condition: .when(traits: ["GRPC"])) }

let capabilities: [Target.Dependency] = [
    "MartletData", "MartletFeatures", "MartletLearn", "MartletPipeline", "MartletRegistry", "MartletInference",
    "MartletRollout", "MartletSearch", "MartletMonitor",
]

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet", targets: ["martlet"]),
        .library(
            name: "Martlet",
            targets: ["MartletCore", "MartletFeatures", "MartletLearn", "MartletPipeline", "MartletRollout", "MartletPlatform", "MartletServer"]
        ),
        .library(name: "MartletTesting", targets: ["MartletTesting"]),
    ],
    traits: [
        .trait(name: "GRPC", description: "The Open Inference Protocol over gRPC: martlet serve --grpc-port.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CDecimals"),
        .target(name: "CEngines"),
        .target(name: "CForest"),
        .target(name: "CSearch"),
        .target(name: "CSpawn"),
    ]
        + layer("MartletCore", on: ["COpenSSL", "CSpawn", yams])
        + layer("MartletEngines", on: ["CEngines", "CForest", "CSearch", "MartletCore"], files: ["OpenVINO/Fixtures"])
        + layer("MartletStore", on: ["CEngines", "MartletCore", grdb, sqlite], tests: ["MartletS3"])
        + layer("MartletS3", on: ["MartletCore", "MartletStore"] + nio + httpClient)
        + layer("MartletData", on: ["MartletCore", "MartletEngines", "MartletStore", grdb])
        + layer("MartletFeatures", on: ["MartletCore", "MartletEngines", "MartletStore"])
        + layer("MartletLearn", on: ["MartletCore", "MartletEngines"], files: ["Fixtures"])
        + layer(
            "MartletPipeline", on: ["MartletCore", "MartletStore"], files: ["Code/python_imports.py", "Lineage/openlineage_check.py", "Schedules/croniter_answers.py"])
        + layer("MartletRegistry", on: ["MartletCore", "MartletStore", yams], files: ["Search/Fixtures"])
        + layer(
            "MartletInference", on: ["CDecimals", "CForest", "MartletCore", "MartletEngines"],
            files: ["Flavors/Fixtures", "Forest/xgboost_answers.py", "Neural/Fixtures"])
        + layer("MartletRollout", on: ["MartletCore", "MartletStore"])
        + layer("MartletSearch", on: ["MartletCore", "MartletEngines"])
        + layer("MartletMonitor", on: ["MartletCore", "MartletEngines", "MartletStore"])
        + layer("MartletPlatform", on: ["MartletCore", "MartletEngines", "MartletStore"] + capabilities)
        + layer(
            "MartletServer",
            on: [
                "CDecimals", "CZlib", "MartletCore", "MartletStore", "MartletS3", "MartletRegistry", "MartletInference", "MartletPlatform",
            ] + nio + nioTLS,
            tests: [nioEmbedded, "MartletEngines"],
            files: ["OpenInference/Fixtures", "Invocations/Fixtures", "WebUI/Golden"])
        + layer(
            "MartletGRPC", on: ["MartletCore", "MartletInference", "MartletServer"] + nio.prefix(2) + grpc, origins: ["Protocol"])
        + [
            .executableTarget(
                name: "martlet",
                dependencies: [
                    "MartletCore", "MartletEngines", "MartletStore", "MartletS3", "MartletPlatform", "MartletServer",
                    .target(name: "MartletGRPC", condition: .when(traits: ["GRPC"])), arguments,
                ] + capabilities,
                swiftSettings: house
            ),
            .executableTarget(
                name: "martlet-bench",
                dependencies: [
                    "CDecimals", "MartletCore", "MartletEngines", "MartletInference", "MartletRegistry", "MartletStore", arguments,
                ],
                path: "Benchmarks/martlet-bench",
                swiftSettings: house
            ),
            .target(
                name: "MartletTesting", dependencies: ["CSpawn", "MartletCore", "MartletStore"], exclude: ["ObjectStorage/moto_server.py"],
                swiftSettings: house),
            .testTarget(name: "RepositoryTests", dependencies: ["MartletTesting"], swiftSettings: house),
            .testTarget(
                name: "ScenarioTests",
                dependencies: ["MartletTesting", "MartletCore", "MartletStore", "martlet"],
                exclude: ["Clients/Scripts", "Clients/Stores", "CommandLine/Golden"],
                swiftSettings: house
            ),
        ],
    swiftLanguageModes: [.v6]
)
