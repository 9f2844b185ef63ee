/**
 * Names that a pickle may import without being called unsafe: they rebuild numbers, containers and estimators, and nothing
 * that they can be given as arguments runs code. A name that is not here is unsafe until somebody looked at it.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  builtins: words('bool bytearray bytes complex dict float frozenset int list object range set slice str tuple'),
  copyreg: ['_reconstructor'],
  _codecs: ['encode'],
  collections: words('OrderedDict defaultdict deque Counter'),
  datetime: words('date datetime time timedelta timezone'),
  decimal: ['Decimal'],
  fractions: ['Fraction'],
  uuid: ['UUID'],
  pathlib: words('Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath'),
  numpy: words(
    'ndarray dtype matrix bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 longdouble complex64 complex128 str_ bytes_ datetime64 timedelta64',
  ),
  'numpy.core.multiarray': words('_reconstruct scalar'),
  'numpy._core.multiarray': words('_reconstruct scalar'),
  'numpy.core.numeric': ['_frombuffer'],
  'numpy._core.numeric': ['_frombuffer'],
  'numpy.ma.core': words('MaskedArray _mareconstruct'),
  'numpy.random._pickle': words('__bit_generator_ctor __generator_ctor __randomstate_ctor'),
  'numpy.random._mt19937': ['MT19937'],
  'numpy.random._pcg64': words('PCG64 PCG64DXSM'),
  'numpy.random._philox': ['Philox'],
  'numpy.random._sfc64': ['SFC64'],
  'numpy.random.bit_generator': words('SeedSequence __pyx_unpickle_SeedSequence'),
  'joblib.numpy_pickle': ['NumpyArrayWrapper'],
  'scipy.sparse._csr': words('csr_array csr_matrix'),
  'scipy.sparse._csc': words('csc_array csc_matrix'),
  'scipy.sparse._coo': words('coo_array coo_matrix'),
  'sklearn.tree._tree': ['Tree'],
  'sklearn.utils._bunch': ['Bunch'],
  'sklearn._loss._loss': words(
    '__pyx_unpickle_CyHalfBinomialLoss __pyx_unpickle_CyHalfMultinomialLoss __pyx_unpickle_CyHalfSquaredError',
  ),
  torch: words(
    'Size device BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage ShortStorage bfloat16 bool complex128 complex64 float16 float32 float64 int16 int32 int64 int8 uint8',
  ),
  'torch._tensor': ['_rebuild_from_type_v2'],
  'torch._utils': words(
    '_rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3',
  ),
  'torch.nn.parameter': words('Buffer Parameter'),
  'torch.storage': words('TypedStorage UntypedStorage'),
};

/** The parts of scikit-learn that hold estimators; `datasets`, `externals` and what runs in parallel are not among them. */
const ESTIMATORS =
  /^sklearn\.(?:base|calibration|cluster|compose|covariance|cross_decomposition|decomposition|discriminant_analysis|dummy|ensemble|feature_extraction|feature_selection|gaussian_process|impute|isotonic|kernel_approximation|kernel_ridge|linear_model|manifold|mixture|model_selection|multiclass|multioutput|naive_bayes|neighbors|neural_network|pipeline|preprocessing|random_projection|semi_supervised|svm|tree)(?:\.[a-z_]+)*$/;
const LAYERS = /^torch\.nn\.modules\.[a-z]+$/;
/** A class. A name with a dot walks on to whatever a module happens to have imported, and is never let through. */
const CLASS = /^_?[A-Z][A-Za-z0-9]*$/;
/** Classes that such modules import from elsewhere and that do something when they are made. */
const STRANGERS: ReadonlySet<string> = new Set(['Memory', 'Parallel', 'Popen', 'Thread', 'Process', 'Path']);

/** What Python 2 called some of them; Python 3 translates. */
const RENAMED: Readonly<Record<string, string>> = { __builtin__: 'builtins', copy_reg: 'copyreg' };

/** Tells whether an import, spelt `module name`, is known to be harmless. */
export function isHarmless(spelt: string): boolean {
  const [written = '', name = ''] = spelt.split(' ');
  const module = Object.hasOwn(RENAMED, written) ? (RENAMED[written] ?? written) : written;
  if (Object.hasOwn(NAMES, module) && NAMES[module]?.includes(name) === true) return true;
  return (ESTIMATORS.test(module) || LAYERS.test(module)) && CLASS.test(name) && !STRANGERS.has(name);
}

function words(text: string): readonly string[] {
  return text.split(' ');
}
