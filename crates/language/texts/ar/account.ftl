account-nav = حسابك
account-nav-overview = نظرة عامة
account-nav-profile = الملف الشخصي
account-nav-password = كلمة المرور
account-nav-security = العوامل الثانية
account-nav-sessions = الأجهزة
account-nav-applications = التطبيقات
account-nav-activity = النشاط
account-nav-language = اللغة
account-nav-data = بياناتك
account-error = خطأ:
account-save = حفظ
account-signed-in-as = تم تسجيل الدخول باسم { $name }
account-switch = استخدام حساب آخر
account-sign-out = تسجيل الخروج
account-note-switched = أصبح حساب آخر هو النشط في هذا المتصفح، أو أنك سجّلت الدخول من جديد. لم يتغير شيء؛ يُرجى النظر إلى الصفحة مرة أخرى.
account-note-ended = تم تسجيل الخروج هناك.
account-note-saved = تم الحفظ.
account-note-password = كلمة المرور الجديدة هي الصالحة من الآن.
account-note-revoked = فقد التطبيق وصوله.

account-overview-title = حسابك
account-username = اسم المستخدم
account-email = البريد الإلكتروني
account-email-verified = مؤكَّد
account-email-unverified = غير مؤكَّد
account-email-none = لا يوجد
account-since = الحساب منذ
account-factors-none = حسابك محمي فقط بما تسجّل الدخول به. مع عامل ثانٍ لا تكفي كلمة مرور مسروقة لتسجيل الدخول باسمك.
account-factors =
    { $count ->
        [zero] ليس لديك أي تطبيق مصادقة.
        [one] لديك تطبيق مصادقة واحد.
        [two] لديك تطبيقا مصادقة.
        [few] لديك { $count } تطبيقات مصادقة.
        [many] لديك { $count } تطبيق مصادقة.
       *[other] لديك { $count } تطبيق مصادقة.
    }
account-passkeys =
    { $count ->
        [zero] ليس لديك أي مفتاح مرور.
        [one] لديك مفتاح مرور واحد.
        [two] لديك مفتاحا مرور.
        [few] لديك { $count } مفاتيح مرور.
        [many] لديك { $count } مفتاح مرور.
       *[other] لديك { $count } مفتاح مرور.
    }
account-codes-left =
    { $count ->
        [zero] لم يبقَ أي رمز استرداد.
        [one] بقي رمز استرداد واحد.
        [two] بقي رمزا استرداد.
        [few] بقيت { $count } رموز استرداد.
        [many] بقي { $count } رمز استرداد.
       *[other] بقي { $count } رمز استرداد.
    }
account-codes-few = أنشئ رموزًا جديدة، حتى لا يُمنع دخولك عندما لا يكون تطبيقك في متناول يدك.
account-look-after-factors = إدارة عواملك الثانية
account-sessions-count =
    { $count ->
        [zero] لم يتم تسجيل دخولك في أي متصفح.
        [one] تم تسجيل دخولك في هذا المتصفح فقط.
        [two] تم تسجيل دخولك في متصفحين.
        [few] تم تسجيل دخولك في { $count } متصفحات.
        [many] تم تسجيل دخولك في { $count } متصفحًا.
       *[other] تم تسجيل دخولك في { $count } متصفح.
    }
account-sessions-look = عرض الأماكن

account-sessions-title = الأجهزة التي تم تسجيل الدخول فيها
account-sessions-lead = كل سطر متصفح تم تسجيل دخولك فيه. إذا لم تعرف أحدها، فسجّل خروجه وغيّر كلمة المرور.
account-browser-on = { $browser } على { $system }
account-browser = { $name }
account-browser-unknown-on = متصفح على { $system }
account-browser-unknown = متصفح
account-session-this = هذا المتصفح
account-session-address = عنوان الشبكة { $address }
account-session-opened = تسجيل الدخول في { $time }.
account-session-used = آخر استخدام في { $time }.
account-session-end = تسجيل الخروج
account-sessions-end-others = تسجيل الخروج من كل مكان آخر
account-sessions-fine = تعلم التطبيقات بذلك فورًا إذا طلبت إبلاغها، وإلا ففي المرة التالية التي تسألنا فيها. أسماء المتصفحات هي ما تقوله عن نفسها.

account-profile-title = ملفك الشخصي
account-profile-lead = ترى التطبيقات التي تسمح لها بالاطلاع على ملفك الشخصي ما هو مكتوب هنا.
account-profile-none = لا يمكن تغيير أي شيء من ملفك الشخصي هنا.
account-profile-name = الاسم الكامل
account-profile-given-name = الاسم الأول
account-profile-family-name = اسم العائلة
account-profile-middle-name = الاسم الأوسط
account-profile-nickname = اللقب
account-profile-phone-number = رقم الهاتف
account-profile-phone-number-hint = مع رمز البلد، مثل ‎+966 11 234 5678‎.
account-profile-birthdate = تاريخ الميلاد
account-profile-birthdate-hint = السنة والشهر واليوم، مثل ‎1990-12-31‎؛ أو السنة وحدها.
account-profile-gender = الجنس
account-profile-address = العنوان البريدي
account-profile-zoneinfo = المنطقة الزمنية
account-profile-zoneinfo-hint = اسم مثل Asia/Riyadh.
account-profile-picture = عنوان صورة لك
account-profile-profile = عنوان صفحة ملفك الشخصي
account-profile-website = عنوان موقعك الإلكتروني
account-profile-uri-hint = يبدأ بـ ‎https://‎
account-profile-wrong = لم يُحفظ شيء لأن هناك ما هو غير صحيح:
account-profile-wrong-text = هذا النص طويل جدًا أو يحتوي على رموز لا يمكن عرضها.
account-profile-wrong-birthdate = هذا ليس تاريخًا. اكتب السنة والشهر واليوم، مثل ‎1990-12-31‎.
account-profile-wrong-phone-number = هذا ليس رقم هاتف مع رمز بلده. اكتبه مثل ‎+966 11 234 5678‎.
account-profile-wrong-uri = هذا ليس عنوانًا على الويب. يبدأ العنوان بـ ‎https://‎ ولا يحتوي على مسافات.
account-profile-wrong-zoneinfo = هذا ليس اسم منطقة زمنية. اكتبه مثل Asia/Riyadh.
account-profile-wrong-locale = هذه ليست لغة.

account-language-title = اللغة
account-language-lead = اللغة التي تخاطبك بها الصفحات والرسائل.
account-language-of-browser = اللغة التي يطلبها المتصفح

account-applications-title = التطبيقات التي لها وصول
account-applications-lead = ما سمحت به، ولأي تطبيق، ومنذ متى.
account-applications-none = لم تسمح لأي تطبيق بشيء.
account-application-since = منذ { $day }.
account-application-used = آخر استخدام في { $day }.
account-application-offline = يبقى متصلًا عندما تسجّل الخروج.
account-application-sensitive = حساس
account-application-revoke = سحب الوصول
account-applications-fine = على التطبيق الذي فقد وصوله أن يطلب إذنك من جديد. وقد يكون احتفظ بما حصل عليه من قبل.

account-data-title = بياناتك
account-data-text = ملف يحتوي على كل ما يُحفظ عنك: الملف الشخصي والأجهزة والتطبيقات وطرق تسجيل دخولك. ولا يحتوي على أسرار مثل كلمات المرور.
account-data-download = تنزيل بياناتك
account-data-delete-text = يمكن حذف حسابك مع كل ما يخصه.
account-data-delete = حذف حسابك…

account-delete-title = حذف حسابك
account-delete-text = سيُحذف حسابك مع ملفك الشخصي وأجهزتك وما سمحت به للتطبيقات. وسيُسجَّل خروجك من كل مكان فورًا. أما ما احتفظت به التطبيقات عنك فيبقى لديها؛ اسأل القائمين عليها.
account-delete-when =
    { $days ->
        [zero] يُحذف الحساب خلال دقائق.
        [one] يُحذف الحساب بعد يوم واحد.
        [two] يُحذف الحساب بعد يومين.
        [few] يُحذف الحساب بعد { $days } أيام.
        [many] يُحذف الحساب بعد { $days } يومًا.
       *[other] يُحذف الحساب بعد { $days } يوم.
    }
account-delete-undo-mail = يمكنك الاحتفاظ به حتى ذلك الحين: بالرابط في الرسالة التي نرسلها إليك، أو بتسجيل الدخول من جديد.
account-delete-undo = يمكنك الاحتفاظ به حتى ذلك الحين بتسجيل الدخول من جديد.
account-delete-confirmation = للتأكيد، اكتب اسم المستخدم { $username }
account-delete-wrong = هذا ليس اسم المستخدم الخاص بك. لم يُحذف شيء.
account-delete-confirm = حذف حسابي

account-deletion-title = سيُحذف حسابك
account-deletion-text = تم تسجيل خروجك من كل مكان. سيُحذف حسابك في { $time }.

account-keep-title = هل تريد الاحتفاظ بحسابك؟
account-keep-text = سيُحذف حساب { $name } في { $time }.
account-keep = الاحتفاظ بحسابي
account-keep-fine = إن لم تكن أنت من أراد حذفه، فاحتفظ به وسجّل الدخول وغيّر كلمة المرور.
account-keep-unknown = لا يوجد ما يمكن التراجع عنه
account-keep-unknown-text = سبق استخدام هذا الرابط، أو أن الحساب حُذف أو أُبقي عليه بطريقة أخرى.
account-keep-unknown-do = حاول تسجيل الدخول: إذا نجح ذلك، فحسابك موجود كما كان.
account-kept-title = تم الاحتفاظ بحسابك
account-kept-text = لن يُحذف. يمكنك تسجيل الدخول كما كنت تفعل.
account-kept-sign-in = الانتقال إلى حسابك

account-activity-title = النشاط
account-activity-lead = ما حدث لحسابك مؤخرًا. إن لم تكن أنت وراء شيء منه، فسجّل الخروج من كل مكان آخر وغيّر كلمة المرور.
account-activity-none = لم يُسجَّل شيء بعد.
account-activity-newest = العودة إلى الأحدث
account-activity-older = الأقدم
account-event = حدث شيء لا تملك هذه الصفحة كلمات لوصفه
account-event-session-started = تسجيل دخول
account-event-session-raised = تأكيد بعامل ثانٍ
account-event-session-ended = تسجيل خروج
account-event-sessions-ended = تسجيل خروج من كل مكان
account-event-sign-in-failed = فشلت محاولة تسجيل دخول
account-event-sign-in-throttled = محاولات تسجيل دخول فاشلة كثيرة جدًا: رُفضت محاولات أخرى لبعض الوقت
account-event-sign-in-blocked = رُفض تسجيل دخول لأنه بدا محفوفًا بالمخاطر
account-event-second-factor-asked = طُلب عامل ثانٍ
account-event-second-factor-failed = كان العامل الثاني خاطئًا
account-event-second-factor-throttled = رموز خاطئة كثيرة جدًا: رُفضت رموز أخرى لبعض الوقت
account-event-second-factor-put-off = أُجّل إعداد عامل ثانٍ
account-event-second-factors-removed = أُزيلت عواملك الثانية
account-event-account-created = أُنشئ حسابك
account-event-account-deletion-requested = طُلب حذف حسابك
account-event-account-deletion-canceled = أُبقي على حسابك في نهاية الأمر
account-event-account-deleted = حُذف حسابك
account-event-account-exported = نُزّلت بياناتك
account-event-account-disowned = أبلغتنا بأنك لم تكن وراء أمر ما
account-event-terms-accepted = قبلت شروط الخدمة
account-event-profile-changed = غُيّر ملفك الشخصي
account-event-password-set = عُيّنت كلمة مرور
account-event-password-changed = غُيّرت كلمة مرورك
account-event-password-reset-requested = طُلب رابط لكلمة مرور جديدة
account-event-password-reset = عُيّنت كلمة مرور جديدة عبر رابط
account-event-password-locked = قُفلت كلمة مرورك إلى أن تُعيَّن كلمة جديدة
account-event-password-removed = أُزيلت كلمة مرورك
account-event-totp-added = أُضيف تطبيق مصادقة
account-event-totp-removed = أُزيل تطبيق مصادقة
account-event-passkey-added = أُضيف مفتاح مرور
account-event-passkey-renamed = أُعيدت تسمية مفتاح مرور
account-event-passkey-removed = أُزيل مفتاح مرور
account-event-passkey-counter-regressed = ربما نُسخ مفتاح مرور
account-event-recovery-codes-renewed = أُنشئت رموز استرداد جديدة
account-event-recovery-code-used = استُخدم رمز استرداد
account-event-email-added = أُضيف بريد إلكتروني
account-event-email-verified = أُكّد بريد إلكتروني
account-event-email-changed = غُيّر بريدك الإلكتروني
account-event-email-removed = أُزيل بريد إلكتروني
account-event-phone-added = أُضيف رقم هاتف
account-event-phone-removed = أُزيل رقم هاتف
account-event-push-device-added = أُضيف جهاز للموافقات
account-event-push-device-removed = أُزيل جهاز للموافقات
account-event-push-device-renamed = أُعيدت تسمية جهاز للموافقات
account-event-push-approval-denied = رُفض تسجيل دخول من جهاز
account-event-device-remembered = حُفظ متصفح: لا يُطلب فيه عامل ثانٍ
account-event-device-forgotten = نُسي متصفح محفوظ
account-event-devices-forgotten = نُسيت جميع المتصفحات المحفوظة
account-event-consent-granted = مُنح تطبيق الوصول
account-event-consent-revoked = سُحب الوصول من تطبيق
account-event-identity-linked = رُبط حساب خارجي
account-event-identity-unlinked = أُزيل الربط بحساب خارجي

account-remembered-title = تم تسجيل الخروج
account-remembered-forget = نسيان
account-remembered-forget-name = نسيان { $name } في هذا المتصفح

account-password-title = تغيير كلمة المرور
account-password-none = ليست لديك كلمة مرور بعد. مع كلمة مرور يمكنك أيضًا تسجيل الدخول دون ما تستخدمه الآن.
account-password-present = كلمة المرور الحالية
account-password-new = كلمة المرور الجديدة
account-password-again = تأكيد كلمة المرور الجديدة
account-password-end-others = تسجيل الخروج من كل مكان آخر
account-password-save = تغيير كلمة المرور
account-password-present-missing = أدخل كلمة المرور الحالية.
account-password-present-wrong = هذه ليست كلمة المرور الحالية. لم يتغير شيء.
account-password-throttled =
    { $minutes ->
        [zero] محاولات كثيرة جدًا. انتظر قليلًا ثم حاول مرة أخرى.
        [one] محاولات كثيرة جدًا. انتظر دقيقة واحدة ثم حاول مرة أخرى.
        [two] محاولات كثيرة جدًا. انتظر دقيقتين ثم حاول مرة أخرى.
        [few] محاولات كثيرة جدًا. انتظر { $minutes } دقائق ثم حاول مرة أخرى.
        [many] محاولات كثيرة جدًا. انتظر { $minutes } دقيقة ثم حاول مرة أخرى.
       *[other] محاولات كثيرة جدًا. انتظر { $minutes } دقيقة ثم حاول مرة أخرى.
    }
