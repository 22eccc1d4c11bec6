import MartletInference

/// How long a model takes from its file to the first prediction that it could make.
struct LoadTime: Encodable {
    let side: String
    var cpuSeconds: [Double] = []
    var wallSeconds: [Double] = []

    /// Loads a model on both sides, in turns.
    static func measure(_ model: String, _ library: LightGBMLibraryFile, repetitions: Int) throws -> [LoadTime] {
        var ours = LoadTime(side: "martlet")
        var peer = LoadTime(side: "lightgbm")
        for _ in 0..<repetitions {
            try ours.time { _ = try CompiledForest(try Forest(contentsOf: model)) }
            try peer.time { _ = library.free(try library.booster(model)) }
        }
        return [ours, peer]
    }

    private mutating func time(_ body: () throws -> Void) rethrows {
        let start = Clock.now
        try body()
        let taken = start.elapsed
        cpuSeconds.append(taken.cpu)
        wallSeconds.append(taken.wall)
    }
}
