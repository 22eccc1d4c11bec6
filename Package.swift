// swift-tools-version: 6.2
import PackageDescription

// The manifest lists the layers from bottom to top, so that it reads as the picture in ARCHITECTURE.md.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// One layer: a target named `Martlet…` and the tests that mirror it. `files` are what the tests read and do not compile.
func layer(
    _ name: String, on dependencies: [Target.Dependency], tests: [Target.Dependency] = [], files: [String] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: house),
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
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")

let capabilities: [Target.Dependency] = [
    "MartletData", "MartletFeatures", "MartletLearn", "MartletPipeline", "MartletRegistry", "MartletInference",
    "MartletRollout", "MartletMonitor",
]

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet", targets: ["martlet"]),
        .library(
            name: "Martlet",
            targets: ["MartletCore", "MartletFeatures", "MartletLearn", "MartletRollout", "MartletPlatform", "MartletServer"]
        ),
        .library(name: "MartletTesting", targets: ["MartletTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CEngines"),
        .target(name: "CForest"),
    ]
        + layer("MartletCore", on: ["COpenSSL", yams])
        + layer("MartletEngines", on: ["CEngines", "CForest", "MartletCore"], files: ["OpenVINO/Fixtures"])
        + layer("MartletStore", on: ["MartletCore", grdb])
        + layer("MartletData", on: ["MartletCore", "MartletEngines", "MartletStore", grdb])
        + layer("MartletFeatures", on: ["MartletCore", "MartletEngines", "MartletStore"])
        + layer("MartletLearn", on: ["MartletCore", "MartletEngines"], files: ["Fixtures"])
        + layer("MartletPipeline", on: ["MartletCore", "MartletStore"])
        + layer("MartletRegistry", on: ["MartletCore", "MartletStore"])
        + layer(
            "MartletInference", on: ["CForest", "MartletCore", "MartletEngines"], files: ["Forest/xgboost_answers.py", "Neural/Fixtures"])
        + layer("MartletRollout", on: ["MartletCore", "MartletStore"])
        + layer("MartletMonitor", on: ["MartletCore", "MartletEngines", "MartletStore"])
        + layer("MartletPlatform", on: ["MartletCore", "MartletEngines", "MartletStore"] + capabilities)
        + layer(
            "MartletServer", on: ["MartletCore", "MartletStore", "MartletInference", "MartletPlatform"] + nio, tests: [nioEmbedded],
            files: ["OpenInference/Fixtures", "Invocations/Fixtures"])
        + [
            .executableTarget(
                name: "martlet",
                dependencies: ["MartletCore", "MartletEngines", "MartletStore", "MartletPlatform", "MartletServer", arguments]
                    + capabilities,
                swiftSettings: house
            ),
            .executableTarget(
                name: "martlet-bench",
                dependencies: ["MartletCore", "MartletEngines", "MartletInference", arguments],
                path: "Benchmarks/martlet-bench",
                swiftSettings: house
            ),
            .target(name: "MartletTesting", dependencies: ["MartletCore", "MartletStore"], swiftSettings: house),
            .testTarget(name: "RepositoryTests", dependencies: ["MartletTesting"], swiftSettings: house),
            .testTarget(
                name: "ScenarioTests",
                dependencies: ["MartletTesting", "MartletCore", "MartletStore", "martlet"],
                exclude: ["CommandLine/Golden"],
                swiftSettings: house
            ),
        ],
    swiftLanguageModes: [.v6]
)
