# ما يظهر في كل صفحة.
page-continue-to = للمتابعة إلى { $client }
page-help = المساعدة
page-privacy = الخصوصية
page-terms = الشروط
page-language = اللغة
page-error-title = خطأ: { $title }
page-continue = متابعة
page-cancel = إلغاء
page-allow = السماح
page-show = إظهار
page-hide = إخفاء
page-show-password = إظهار كلمة المرور
page-hide-password = إخفاء كلمة المرور
page-one-moment = لحظة من فضلك
page-back-to-application = تجري إعادتك إلى التطبيق.
page-signing-out = تسجيل الخروج
page-signing-out-lead = يجري تسجيل خروجك من التطبيقات التي استخدمتها.
page-signed-in-as = تم تسجيل الدخول باسم { $name }
page-signed-in-as-of = تم تسجيل الدخول باسم { $name } ({ $detail })
page-signing-in-as = تسجيل الدخول باسم { $name }
page-signing-in-as-of = تسجيل الدخول باسم { $name } ({ $detail })
page-not-you = ليس حسابك؟
page-use-another-account = استخدام حساب آخر
page-switched = تم تسجيل الدخول بحساب غير الحساب السابق، لذلك لم تُقبل إجابتك. تحقق من الحساب المعني الآن ثم أجب من جديد.
page-close = يمكنك إغلاق هذه الصفحة.
page-throttled =
    { $minutes ->
        [zero] محاولات كثيرة جدًا. انتظر قليلًا ثم حاول مرة أخرى.
        [one] محاولات كثيرة جدًا. انتظر دقيقة واحدة ثم حاول مرة أخرى.
        [two] محاولات كثيرة جدًا. انتظر دقيقتين ثم حاول مرة أخرى.
        [few] محاولات كثيرة جدًا. انتظر { $minutes } دقائق ثم حاول مرة أخرى.
        [many] محاولات كثيرة جدًا. انتظر { $minutes } دقيقة ثم حاول مرة أخرى.
       *[other] محاولات كثيرة جدًا. انتظر { $minutes } دقيقة ثم حاول مرة أخرى.
    }

# تسجيل الدخول.
sign-in-title = تسجيل الدخول
sign-in-lead = للمتابعة إلى { $client }
sign-in-missing = هناك بيانات ناقصة:
sign-in-login = البريد الإلكتروني أو اسم المستخدم
sign-in-password = كلمة المرور
sign-in-submit = تسجيل الدخول
sign-in-new-here = أول مرة هنا؟
sign-in-create-account = إنشاء حساب
sign-in-choose-account = اختيار حساب تم تسجيل الدخول به
sign-in-login-missing = أدخل بريدك الإلكتروني أو اسم المستخدم.
sign-in-password-missing = أدخل كلمة المرور.
sign-in-refused = الاسم أو كلمة المرور غير صحيحة. تحقق منهما وحاول مرة أخرى.

# إنشاء حساب.
sign-up-title = إنشاء حساب
sign-up-lead = لدى { $tenant }، للمتابعة إلى { $client }
sign-up-not-right = هناك ما يحتاج إلى تصحيح:
sign-up-name = الاسم الكامل (اختياري)
sign-up-password-again = تأكيد كلمة المرور
sign-up-submit = إنشاء الحساب
sign-up-have-account = لديك حساب بالفعل؟
sign-up-username-missing = أدخل بريدًا إلكترونيًا أو اسم مستخدم.
sign-up-username-invalid = استخدم 128 حرفًا على الأكثر.
sign-up-email-invalid = هذا ليس عنوان بريد إلكتروني.
sign-up-name-invalid = استخدم 200 حرف على الأكثر في سطر واحد.
sign-up-username-taken = قد يكون هناك حساب باسم المستخدم هذا. سجّل الدخول أو اختر اسم مستخدم آخر.
sign-up-email-taken = لا يمكن إنشاء حساب بهذا العنوان. سجّل الدخول إن كان لديك حساب، أو استخدم عنوانًا آخر.

# اختيار حساب.
choose-title = اختيار حساب
choose-sign-out = تسجيل الخروج
choose-sign-out-of = تسجيل خروج { $name }
choose-sign-out-of-detail = تسجيل خروج { $name }، { $detail }

# تسجيل الخروج.
sign-out-title = هل تريد تسجيل الخروج؟
sign-out-session = سيؤدي هذا إلى إنهاء جلستك لدى { $tenant } في هذا المتصفح.
sign-out-signed-in = تم تسجيل دخولك إلى { $tenant } باسم { $name } في هذا المتصفح.
sign-out-signed-in-and-others =
    { $others ->
        [zero] تم تسجيل دخولك إلى { $tenant } باسم { $name } في هذا المتصفح.
        [one] تم تسجيل دخولك إلى { $tenant } باسم { $name } في هذا المتصفح، وإلى حساب آخر أيضًا.
        [two] تم تسجيل دخولك إلى { $tenant } باسم { $name } في هذا المتصفح، وإلى حسابين آخرين أيضًا.
        [few] تم تسجيل دخولك إلى { $tenant } باسم { $name } في هذا المتصفح، وإلى { $others } حسابات أخرى أيضًا.
        [many] تم تسجيل دخولك إلى { $tenant } باسم { $name } في هذا المتصفح، وإلى { $others } حسابًا آخر أيضًا.
       *[other] تم تسجيل دخولك إلى { $tenant } باسم { $name } في هذا المتصفح، وإلى { $others } حساب آخر أيضًا.
    }
sign-out-others =
    { $others ->
        [zero] لم يتم تسجيل دخولك إلى أي حساب لدى { $tenant } في هذا المتصفح.
        [one] تم تسجيل دخولك إلى حساب واحد لدى { $tenant } في هذا المتصفح.
        [two] تم تسجيل دخولك إلى حسابين لدى { $tenant } في هذا المتصفح.
        [few] تم تسجيل دخولك إلى { $others } حسابات لدى { $tenant } في هذا المتصفح.
        [many] تم تسجيل دخولك إلى { $others } حسابًا لدى { $tenant } في هذا المتصفح.
       *[other] تم تسجيل دخولك إلى { $others } حساب لدى { $tenant } في هذا المتصفح.
    }
sign-out-submit = تسجيل الخروج
sign-out-this = تسجيل الخروج من هذا الحساب
sign-out-all = تسجيل الخروج من جميع الحسابات
sign-out-everywhere = تسجيل الخروج من كل مكان
sign-out-everywhere-hint = «من كل مكان» يسجّل خروجك أيضًا من متصفحاتك وأجهزتك الأخرى، وسيتعين على التطبيقات أن تطلب إذنك من جديد.
sign-out-stay = للبقاء مسجَّل الدخول، أغلق هذه الصفحة أو ارجع إلى الخلف.
signed-out-title = تم تسجيل خروجك
signed-out-lead = انتهت جلستك لدى { $tenant } في هذا المتصفح.
signed-out-applications = قد تُبقيك التطبيقات التي استخدمتها مسجَّل الدخول إلى أن تسجّل الخروج منها أيضًا. على جهاز كمبيوتر مشترك، أغلق جميع نوافذ المتصفح.

# العوامل الثانية.
factor-title = العامل الثاني
factor-recovery-title = رمز الاسترداد
factor-enter-code = أدخل رمز تطبيقك
factor-enter-recovery-code = أدخل رمز استرداد
factor-recovery-code = رمز الاسترداد
factor-recovery-code-hint = أحد الرموز التي احتفظت بها عند إعداد تطبيقك. يُستخدم كل رمز مرة واحدة.
factor-code = رمز من 6 أرقام
factor-code-hint = يعرض تطبيق المصادقة رمزًا جديدًا كل 30 ثانية.
factor-remember =
    { $days ->
        [zero] عدم السؤال مرة أخرى في هذا المتصفح
        [one] عدم السؤال مرة أخرى في هذا المتصفح لمدة يوم واحد
        [two] عدم السؤال مرة أخرى في هذا المتصفح لمدة يومين
        [few] عدم السؤال مرة أخرى في هذا المتصفح لمدة { $days } أيام
        [many] عدم السؤال مرة أخرى في هذا المتصفح لمدة { $days } يومًا
       *[other] عدم السؤال مرة أخرى في هذا المتصفح لمدة { $days } يوم
    }
factor-submit = متابعة
factor-use-totp = استخدام رمز من تطبيق المصادقة
factor-use-recovery-code = استخدام رمز استرداد
factor-code-missing = أدخل الرمز.
factor-code-wrong = هذا الرمز غير صحيح أو سبق استخدامه. انتظر الرمز التالي ثم حاول مرة أخرى.
factor-recovery-code-wrong = رمز الاسترداد هذا غير صحيح أو سبق استخدامه. يُستخدم كل رمز مرة واحدة.
factor-needed = يلزم عامل ثانٍ
factor-needed-none = ليس لديك عامل مقبول هنا، ولا يمكن إعداد عامل في هذه الصفحة.
factor-needed-ask = اطلب من القائمين على { $tenant } السماح لك بالدخول.
factor-set-up-title = إعداد عامل ثانٍ
factor-set-up-lead = يطلب { $tenant } رمزًا من تطبيق مصادقة إلى جانب كلمة المرور، حتى لا تكفي كلمة مرور مسروقة وحدها. يستغرق ذلك دقيقة، ثم تتابع إلى { $client }.
factor-set-up-add = 1. أضف هذا إلى تطبيق المصادقة
factor-set-up-qr = رمز QR يقرؤه تطبيق المصادقة
factor-set-up-no-camera = ليست لديك كاميرا الآن؟
factor-set-up-open-app = فتح التطبيق على هذا الجهاز
factor-set-up-key = أو أدخل هذا المفتاح في تطبيقك بوصفه مفتاحًا زمنيًا:
factor-set-up-enter = 2. أدخل الرمز الذي يعرضه
factor-set-up-submit = تفعيل
factor-set-up-later = ليس الآن
factor-set-up-due = يمكنك تأجيل ذلك حتى { $date }.
factor-set-up-wrong = هذا الرمز غير صحيح. تحقق من صحة الوقت على جهازك، وأدخل الرمز الذي يعرضه تطبيقك الآن.
factor-own-title = العوامل الثانية
factor-own-headline = عواملك الثانية
factor-own-authenticators = تطبيقات المصادقة
factor-own-none = ليس لديك أي تطبيق. مع تطبيق مصادقة لا تكفي كلمة مرور مسروقة لتسجيل الدخول باسمك.
factor-own-added = أُضيف في { $date }
factor-own-added-used = أُضيف في { $date }، وآخر استخدام في { $used }
factor-own-remove = إزالة
factor-own-remove-this = إزالة { $name }، أُضيف في { $date }
factor-own-add = إضافة تطبيق مصادقة
factor-own-codes = رموز الاسترداد
factor-own-codes-left =
    { $count ->
        [zero] لم يبقَ أي رمز. يتيح لك كل رمز الدخول مرة واحدة عندما لا يكون تطبيقك في متناول يدك.
        [one] بقي رمز واحد. يتيح لك الدخول مرة واحدة عندما لا يكون تطبيقك في متناول يدك.
        [two] بقي رمزان. يتيح لك كل رمز الدخول مرة واحدة عندما لا يكون تطبيقك في متناول يدك.
        [few] بقيت { $count } رموز. يتيح لك كل رمز الدخول مرة واحدة عندما لا يكون تطبيقك في متناول يدك.
        [many] بقي { $count } رمزًا. يتيح لك كل رمز الدخول مرة واحدة عندما لا يكون تطبيقك في متناول يدك.
       *[other] بقي { $count } رمز. يتيح لك كل رمز الدخول مرة واحدة عندما لا يكون تطبيقك في متناول يدك.
    }
factor-own-codes-renew = إنشاء عشرة رموز جديدة
factor-own-browsers = متصفحات لا يُطلب فيها رمز
factor-own-browsers-count =
    { $count ->
        [zero] يُطلب منك رمز في كل متصفح.
        [one] لا يُطلب منك رمز في متصفح واحد.
        [two] لا يُطلب منك رمز في متصفحين.
        [few] لا يُطلب منك رمز في { $count } متصفحات.
        [many] لا يُطلب منك رمز في { $count } متصفحًا.
       *[other] لا يُطلب منك رمز في { $count } متصفح.
    }
factor-own-browsers-forget = طلب الرمز فيها جميعًا من جديد
factor-codes-title = رموز الاسترداد الخاصة بك
factor-codes-headline = احتفظ برموز الاسترداد
factor-codes-lead = تم إعداد تطبيق المصادقة. إذا فقدته يومًا، فسيتيح لك كل رمز من هذه الرموز الدخول مرة واحدة.
factor-codes-once = لا تُعرض إلا الآن: اطبعها أو احتفظ بها حيث تحفظ كلمات المرور.
factor-codes-print = طباعة
factor-codes-go-on = المتابعة إلى { $client }
factor-codes-of = رموز الاسترداد لدى { $tenant }

# ربط جهاز.
device-title = ربط جهاز
device-question = هل يظهر هذا الرمز على جهازك؟
device-the-code-is = الرمز هو
device-warning = لا تتابع إلا إذا كان جهازك يعرض الرمز نفسه، وكنت أنت من بدأ هذا. فقد يكون من أرسل إليك هذا الرابط يحاول ربط جهازه هو بحسابك.
device-yes = نعم، متابعة
device-phone = المتابعة بهاتفك بدلًا من ذلك
device-phone-hint = وجّه كاميرا هاتفك إلى هذه الصورة.
device-qr = رمز QR لعنوان هذه الصفحة
device-another-code = جهازي يعرض رمزًا آخر
device-enter = أدخل الرمز الذي يعرضه جهازك.
device-code = الرمز
device-code-hint = ثمانية أحرف لاتينية. لا فرق بين الأحرف الكبيرة والصغيرة، ولا أهمية للشرطة.
device-own-code = لا تُدخل إلا رمزًا يعرضه لك الآن جهاز يخصك، ولا تُدخل أبدًا رمزًا أرسله إليك شخص ما.
device-code-malformed = يتكون الرمز من ثمانية أحرف لاتينية، مثل WDJB-MJHT. انظر إلى جهازك مرة أخرى.
device-code-wrong = لا يوجد جهاز ينتظر بهذا الرمز. تحقق منه، أو اجعل جهازك يعرض رمزًا جديدًا: مدة صلاحية الرمز عشر دقائق.
device-throttled =
    { $minutes ->
        [zero] رموز خاطئة كثيرة جدًا. انتظر قليلًا ثم حاول مرة أخرى.
        [one] رموز خاطئة كثيرة جدًا. انتظر دقيقة واحدة ثم حاول مرة أخرى.
        [two] رموز خاطئة كثيرة جدًا. انتظر دقيقتين ثم حاول مرة أخرى.
        [few] رموز خاطئة كثيرة جدًا. انتظر { $minutes } دقائق ثم حاول مرة أخرى.
        [many] رموز خاطئة كثيرة جدًا. انتظر { $minutes } دقيقة ثم حاول مرة أخرى.
       *[other] رموز خاطئة كثيرة جدًا. انتظر { $minutes } دقيقة ثم حاول مرة أخرى.
    }
device-confirm-title = هل تريد ربط { $client }؟
device-confirm-shows = على جهاز يعرض هذا الرمز
device-confirm-not = إن لم يكن كذلك، أو إذا طلب منك شخص آخر القيام بهذا، فاختر «إلغاء».
device-confirm-scopes = سيتمكن الجهاز من
device-over = لم يعد بالإمكان استخدام هذا الرمز
device-over-message = سبق استخدامه، أو مرّت عشر دقائق.
device-over-what = اجعل جهازك يعرض رمزًا جديدًا، وأدخله في { $address }.
device-connected = تم ربط جهازك
device-connected-lead = يمكنك العودة إلى جهازك. سيتابع من تلقاء نفسه خلال ثوانٍ.
device-refused = لم يُربط الجهاز
device-refused-lead = لقد رفضت، ولم يحصل الجهاز على شيء. يمكنك العودة إلى جهازك.

# الدعوات.
invitation-title = اختيار كلمة مرور
invitation-welcome = مرحبًا، { $name }
invitation-lead = اختر كلمة مرور لحسابك لدى { $tenant }.
invitation-user-name = اسم المستخدم
invitation-password = كلمة المرور الجديدة
invitation-password-again = تأكيد كلمة المرور الجديدة
invitation-submit = تعيين كلمة المرور
invitation-unusable = لا يمكن استخدام هذه الدعوة
invitation-unusable-message = سبق استخدامها، أو انتهت صلاحيتها، أو أن الرابط غير كامل.
invitation-unusable-what = إذا كنت قد اخترت كلمة مرور من قبل، فسجّل الدخول بها. وإلا فاطلب رابطًا جديدًا ممن دعاك.
invitation-accepted = تم تعيين كلمة المرور
invitation-accepted-lead = حسابك { $name } لدى { $tenant } جاهز.
invitation-accepted-what = افتح التطبيق الذي تريد استخدامه وسجّل الدخول فيه.
