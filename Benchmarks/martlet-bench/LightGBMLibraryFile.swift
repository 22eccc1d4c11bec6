import Glibc
import MartletCore

/// The functions of LightGBM's C interface that predict, among them those for one row, which Martlet itself does not use.
struct LightGBMLibraryFile: @unchecked Sendable {  // functions of a library that stays loaded
    typealias Handle = UnsafeMutableRawPointer
    typealias CreateFromFile = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Handle?>) -> Int32
    typealias Free = @convention(c) (Handle) -> Int32
    typealias Predict =
        @convention(c) (
            Handle, UnsafeRawPointer, Int32, Int32, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>, UnsafeMutablePointer<Int64>,
            UnsafeMutablePointer<Double>
        ) -> Int32
    typealias PrepareRow =
        @convention(c) (Handle, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>, UnsafeMutablePointer<Handle?>) -> Int32
    typealias PredictRow = @convention(c) (Handle, UnsafeRawPointer, UnsafeMutablePointer<Int64>, UnsafeMutablePointer<Double>) -> Int32

    let create: CreateFromFile
    let free: Free
    let predict: Predict
    let prepareRow: PrepareRow
    let predictRow: PredictRow
    let freeRow: Free

    /// Loads the library. - Throws: `notFound` where the file or one of the functions is missing.
    init(_ path: String) throws {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw MartletError(.notFound, "LightGBM's library cannot be loaded: \(dlerror().map { String(cString: $0) } ?? path)")
        }
        func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
            guard let symbol = dlsym(library, name) else {
                throw MartletError(.notFound, "'\(path)' has no function '\(name)'; run scripts/setup")
            }
            return unsafeBitCast(symbol, to: type)
        }
        create = try function("LGBM_BoosterCreateFromModelfile", as: CreateFromFile.self)
        free = try function("LGBM_BoosterFree", as: Free.self)
        predict = try function("LGBM_BoosterPredictForMat", as: Predict.self)
        prepareRow = try function("LGBM_BoosterPredictForMatSingleRowFastInit", as: PrepareRow.self)
        predictRow = try function("LGBM_BoosterPredictForMatSingleRowFast", as: PredictRow.self)
        freeRow = try function("LGBM_FastConfigFree", as: Free.self)
    }

    /// Reads a model. - Throws: `corrupt` where LightGBM refuses it.
    func booster(_ path: String) throws -> Handle {
        var (iterations, handle): (Int32, Handle?) = (0, nil)
        guard create(path, &iterations, &handle) == 0, let handle else {
            throw MartletError(.corrupt, "LightGBM does not read '\(path)'; train it again")
        }
        return handle
    }
}
